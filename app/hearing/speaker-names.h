/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What people call the voices of a recording: "A" is "Mara", "C" is the same person as "A".
 *
 * This is what a person said, so it is data and no cache: hearsay/names.db under the user's data
 * folder, private, by the content of the recording (hearing-cache.h). It holds the name that a
 * Hearing gives a speaker and the one that people give; two speakers of one name are one. One
 * thread.
 *
 *   g_autoptr (AppSpeakerNames) names = app_speaker_names_new (NULL, &error);
 *   app_speaker_names_rename (names, content, hearing, "A", "Mara", &error);
 *   app_speaker_names_apply (names, content, hearing);
 */

#pragma once

#include "app/base/app-error.h"
#include "app/hearing/hearing.h"

G_BEGIN_DECLS

#define APP_SPEAKER_NAME_MAX_CHARS 40

typedef struct _AppSpeakerNames AppSpeakerNames;

/* path: NULL for the user's own. APP_ERROR_DISK, _FORMAT, _BUSY. */
AppSpeakerNames *app_speaker_names_new (const char *path, GError **error);
void app_speaker_names_free (AppSpeakerNames *names);

/* For whoever makes a Hearing, before others read it: its speakers get the names that people gave,
 * and those of one name become one, with the means of their voices. */
gboolean app_speaker_names_apply (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                                  GError **error);
/* hearing: with the names as they were (applied), and now as they are. APP_ERROR_ARGUMENT if it has
 * no speaker `from`, or another one that is called `to` already, or if `to` is no name. */
gboolean app_speaker_names_rename (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                                   const char *from, const char *to, GError **error);
/* `other` is the same person as `name`, and is called so. APP_ERROR_ARGUMENT. */
gboolean app_speaker_names_merge (AppSpeakerNames *names, const char *content, AppHearing *hearing,
                                  const char *name, const char *other, GError **error);
/* Deletes what people said of a recording's speakers, or of all recordings' where content is NULL.
 */
gboolean app_speaker_names_forget (AppSpeakerNames *names, const char *content, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppSpeakerNames, app_speaker_names_free)

G_END_DECLS
