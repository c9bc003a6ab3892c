/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/archive.h"

#include "app/engine/people.h"

AppArchive *
app_archive_new (gboolean no_hearings, GError **names_error)
{
  AppArchive *archive = g_new0 (AppArchive, 1);

  if (!no_hearings)
    archive->hearings = app_hearing_cache_new (NULL, 0, NULL);
  archive->people = app_people_new_if_any ();
  archive->names = app_speaker_names_new (NULL, names_error);
  return archive;
}

void
app_archive_free (AppArchive *archive)
{
  if (archive == NULL)
    return;
  g_clear_pointer (&archive->hearings, app_hearing_cache_free);
  g_clear_pointer (&archive->people, app_people_free);
  g_clear_pointer (&archive->names, app_speaker_names_free);
  g_free (archive);
}

static void
give_names (AppArchive *archive, const char *content, AppHearing *hearing)
{
  g_free (hearing->content);
  hearing->content = g_strdup (content);
  /* Voices first: what people call a speaker of this recording goes before. Neither is in what is
   * kept, so somebody who is removed is known nowhere. */
  if (archive->people != NULL)
    app_people_name_speakers (archive->people, hearing);
  if (archive->names != NULL)
    app_speaker_names_apply (archive->names, content, hearing, NULL);
}

AppHearing *
app_archive_recall (AppArchive *archive, const char *content, const char *settings,
                    const char *path)
{
  AppHearing *hearing = archive->hearings != NULL
                            ? app_hearing_cache_get (archive->hearings, content, settings, path)
                            : NULL;

  if (hearing != NULL)
    give_names (archive, content, hearing);
  return hearing;
}

void
app_archive_keep (AppArchive *archive, const char *content, const char *settings,
                  AppHearing *hearing)
{
  if (archive->hearings != NULL)
    app_hearing_cache_put (archive->hearings, content, settings, hearing);
  give_names (archive, content, hearing);
}
