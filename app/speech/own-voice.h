/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Voices that the user has had made from recordings, and what is known of where they came from.
 *
 * A voice is a file NAME.voice (audio/conversion/voice-file.h) in hearsay/voices under the user's
 * data folder, of mode 0600, and an entry of the ledger (app/speech/voice-ledger.h), found by the
 * file's content. A voice without an entry, or whose consent was revoked, does not speak. A name is
 * 1 to 64 letters, digits, "-", "_" or "."; those that stock voices have (af_heart) are theirs.
 *
 *   g_autoptr (GPtrArray) voices = app_own_voices_list (&error);
 *   g_autofree char *path = app_own_voice_find ("mine", &error);
 */

#pragma once

#include "app/speech/voice-ledger.h"
#include "audio/conversion/voice-file.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  char *path;
  AudioVoiceFile *file; /* NULL: it cannot be read, and `problem` says why */
  AppVoiceEntry *entry; /* NULL: the ledger does not know it */
  char *problem;        /* why it does not speak; NULL: it does */
} AppOwnVoice;

void app_own_voice_free (AppOwnVoice *voice);
/* (transfer full): AppOwnVoice by name, also those that do not speak. */
GPtrArray *app_own_voices_list (GError **error);
/* (transfer full): one of them. APP_ERROR_ARGUMENT: there is none of this name. */
AppOwnVoice *app_own_voice_get (const char *name, GError **error);
/* Whether only a voice that came with the program may have such a name: "af_heart". */
gboolean app_own_voice_is_stock_name (const char *name);
/* (transfer full): the file of a voice that may speak. APP_ERROR_ARGUMENT: there is none of this
 * name; or why it does not speak. */
char *app_own_voice_find (const char *name, GError **error);

/* APP_ERROR_ARGUMENT if a new voice cannot be called so, or one is. */
gboolean app_own_voice_check_name (const char *name, GError **error);
/* Keeps a voice, and enters it in the ledger; neither without the other. origin and attestation:
 * NULL for those of the file. APP_ERROR_DISK, _ARGUMENT. */
gboolean app_own_voice_keep (const char *name, GBytes *bytes, const char *origin,
                             const char *attestation, GError **error);
/* Deletes the file and the entry; the entry of a voice that was revoked stays, so that a copy of
 * the file is not taken back. */
gboolean app_own_voice_remove (const char *name, GError **error);
/* APP_ERROR_ARGUMENT if the new name cannot be one, or is taken; APP_ERROR_DISK. */
gboolean app_own_voice_rename (const char *name, const char *new_name, GError **error);
/* The consent is taken back: the voice does not speak any more, here, from any copy. */
gboolean app_own_voice_revoke (const char *name, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppOwnVoice, app_own_voice_free)

G_END_DECLS
