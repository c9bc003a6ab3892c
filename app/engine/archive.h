/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What is kept about recordings between two runs of the program: what was heard in them, which can
 * be heard again (hearing-cache.h), what people call their speakers, which cannot
 * (speaker-names.h), and whose voices are known by name (people.h). One thread.
 *
 *   app_engine_set_archive (engine, app_archive_new (FALSE, NULL));
 */

#pragma once

#include "app/hearing/hearing-cache.h"
#include "app/hearing/speaker-names.h"

G_BEGIN_DECLS

typedef struct _AppPeople AppPeople; /* people.h, which needs the engine, which needs this */

typedef struct {
  AppHearingCache *hearings; /* NULL: cannot be opened, or not wanted */
  AppSpeakerNames *names;    /* NULL: cannot be opened */
  AppPeople *people;         /* NULL: nobody is enrolled */
} AppArchive;

/* (transfer full): the user's own. no_hearings: what is heard is not kept. names_error may be NULL;
 * it says why there are no names. */
AppArchive *app_archive_new (gboolean no_hearings, GError **names_error);
void app_archive_free (AppArchive *archive);

/* (transfer full) (nullable): what was heard before in the recording of this content, at this path,
 * with these settings; the speakers have the names that people gave, or else of the people whose
 * voices they are. */
AppHearing *app_archive_recall (AppArchive *archive, const char *content, const char *settings,
                                const char *path);
/* Keeps a new Hearing, then gives its speakers those names. */
void app_archive_keep (AppArchive *archive, const char *content, const char *settings,
                       AppHearing *hearing);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (AppArchive, app_archive_free)

G_END_DECLS
