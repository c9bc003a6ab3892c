/* SPDX-License-Identifier: GPL-3.0-or-later */

/* make-recording IN.wav OUT.{mp3,flac,ogg,opus,aiff}: the same samples in another kind of file, for
 * tests from outside. Exit status 77: libsndfile cannot write that kind here. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sndfile.h>

static int
format_of (const char *path)
{
  const char *ending = strrchr (path, '.');
  if (ending == NULL)
    return 0;
  if (strcmp (ending, ".mp3") == 0)
    return SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III;
  if (strcmp (ending, ".flac") == 0)
    return SF_FORMAT_FLAC | SF_FORMAT_PCM_16;
  if (strcmp (ending, ".ogg") == 0)
    return SF_FORMAT_OGG | SF_FORMAT_VORBIS;
  if (strcmp (ending, ".opus") == 0)
    return SF_FORMAT_OGG | SF_FORMAT_OPUS;
  return SF_FORMAT_AIFF | SF_FORMAT_PCM_16;
}

int
main (int argc, char **argv)
{
  if (argc != 3)
    return 2;
  SF_INFO info = { 0 };
  SNDFILE *in = sf_open (argv[1], SFM_READ, &info);
  if (in == NULL)
    return 1;
  info.format = format_of (argv[2]);
  SNDFILE *out = sf_open (argv[2], SFM_WRITE, &info);
  if (out == NULL) {
    sf_close (in);
    return 77;
  }
  float block[4096];
  sf_count_t n_frames = (sf_count_t) (sizeof block / sizeof block[0]) / info.channels;
  sf_count_t n;
  while ((n = sf_readf_float (in, block, n_frames)) > 0)
    if (sf_writef_float (out, block, n) != n)
      return 1;
  sf_close (in);
  return sf_close (out) == 0 ? 0 : 1;
}
