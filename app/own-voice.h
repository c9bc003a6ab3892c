/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voices that the user has had made from recordings, and what is known of where they came from.
 *
 * A voice is a file NAME.voice in hearsay/voices under the user's data folder (mode 0600), and an
 * entry of the ledger (app/voice-ledger.h), found by the file's id. A voice without an entry, or
 * whose consent was revoked, does not speak. Names are those of files; stock voices go first.
 *
 *   g_autoptr (GPtrArray) voices = app_own_voices_list (&error);
 *   g_autofree char *path = app_own_voice_find ("mine", &error);
 */

#pragma once

#include "app/app-error.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *path;
  char *id;     /* of the file: 16 hexadecimal digits of its sha256 */
  char *stock;  /* the stock voice that it is made from, "am_michael" */
  char *origin; /* "file", "microphone", or "import" */
  char *date;   /* ISO 8601, UTC */
  double reference_s;
  gboolean is_revoked;
} AppOwnVoice;

void app_own_voice_free (AppOwnVoice *voice);
/* (transfer full): AppOwnVoice by name; a file that cannot be read is left out. */
GPtrArray *app_own_voices_list (GError **error);
/* (transfer full): the file of a voice that may speak. APP_ERROR_ARGUMENT: there is none of this
 * name, it is revoked, or the ledger does not know it. */
char *app_own_voice_find (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppOwnVoice, app_own_voice_free)

G_END_DECLS
