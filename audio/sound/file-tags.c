/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/file-tags.h"

#include <fcntl.h>
#include <sndfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audio/sound/quiet.h"

static char *
get_text (SNDFILE *file, int which)
{
  const char *text = sf_get_string (file, which);

  return text != NULL && *text != '\0' ? g_utf8_make_valid (text, -1) : NULL;
}

void
audio_file_tags_read (const char *path, AudioFileTags *tags)
{
  struct stat stat;
  SF_INFO info = { 0 };
  /* Not blocking: opening a pipe that nobody writes to would wait for ever. */
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

  *tags = (AudioFileTags){ 0 };
  if (fd < 0)
    return;
  if (fstat (fd, &stat) != 0 || !S_ISREG (stat.st_mode)) {
    close (fd);
    return;
  }
  /* The descriptor is libsndfile's from here on: where opening fails it closes it, whatever it is
   * told. */
  audio_quiet_begin ();
  SNDFILE *file = sf_open_fd (fd, SFM_READ, &info, SF_TRUE);
  audio_quiet_end ();
  if (file == NULL)
    return;
  tags->title = get_text (file, SF_STR_TITLE);
  tags->software = get_text (file, SF_STR_SOFTWARE);
  tags->comment = get_text (file, SF_STR_COMMENT);
  sf_close (file);
}

void
audio_file_tags_clear (AudioFileTags *tags)
{
  g_clear_pointer (&tags->title, g_free);
  g_clear_pointer (&tags->software, g_free);
  g_clear_pointer (&tags->comment, g_free);
}
