/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Who attested what about which voice, and when: the ledger of consent.
 *
 * Every voice that was made or imported has an entry, found by the id of its file, so that a file
 * that is put beside them does not speak, and one that was changed does not either. An entry can be
 * revoked, and stays then, so that the same file can never speak again; or deleted, which
 * overwrites it. It stays on this machine: hearsay/voices.db under the user's data folder, private
 * (database.h). One thread.
 *
 *   g_autoptr (AppVoiceLedger) ledger = app_voice_ledger_new (NULL, &error);
 *   g_autoptr (AppVoiceEntry) entry = app_voice_ledger_find (ledger, id, &error);
 */

#pragma once

#include "app/base/app-error.h"

G_BEGIN_DECLS

typedef struct {
  char *id;          /* of the file: app_voice_identify() */
  char *name;        /* as the voice is called */
  char *origin;      /* "file", "microphone"; "import" for a voice made elsewhere */
  char *attestation; /* whose voice it is, in the words of who made it */
  char *clips;       /* sha256 of each recording, a space between them */
  char *date;        /* ISO 8601, UTC: of the entry */
  char *revoked;     /* the same; "" where it is not */
} AppVoiceEntry;

typedef struct _AppVoiceLedger AppVoiceLedger;

void app_voice_entry_free (AppVoiceEntry *entry);

/* (transfer full): the first 16 hexadecimal digits of the sha256 of a voice file. */
char *app_voice_identify (GBytes *bytes);

/* path: NULL for the user's own. APP_ERROR_DISK, _FORMAT, _BUSY. */
AppVoiceLedger *app_voice_ledger_new (const char *path, GError **error);
void app_voice_ledger_free (AppVoiceLedger *ledger);

/* (transfer full): AppVoiceEntry in order of time. */
GPtrArray *app_voice_ledger_list (AppVoiceLedger *ledger, GError **error);
/* (transfer full): NULL and no error if it is not known. */
AppVoiceEntry *app_voice_ledger_find (AppVoiceLedger *ledger, const char *id, GError **error);
/* Takes the date from now if the entry has none. An entry with the same id is kept as it is, and
 * that it was revoked is APP_ERROR_ARGUMENT. */
gboolean app_voice_ledger_add (AppVoiceLedger *ledger, const AppVoiceEntry *entry, GError **error);
/* APP_ERROR_ARGUMENT if there is no such entry. */
gboolean app_voice_ledger_revoke (AppVoiceLedger *ledger, const char *id, GError **error);
gboolean app_voice_ledger_rename (AppVoiceLedger *ledger, const char *id, const char *name,
                                  GError **error);
gboolean app_voice_ledger_delete (AppVoiceLedger *ledger, const char *id, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoiceEntry, app_voice_entry_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppVoiceLedger, app_voice_ledger_free)

G_END_DECLS
