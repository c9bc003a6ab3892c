/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio/base/libraries.h"

#include <string.h>

#include <ebur128.h>
#include <fftw3.h>
#include <portaudio.h>
#include <sndfile.h>
#include <soxr.h>

/* "libsndfile-1.2.0" says its name again. */
static const char *
skip_name (const char *version)
{
  return version + strcspn (version, "0123456789");
}

const AudioLibrary *
audio_libraries_get (void)
{
  static AudioLibrary libraries[6];
  static char portaudio[32], ebur128[32];
  static gsize is_filled = 0;
  if (g_once_init_enter (&is_filled)) {
    const PaVersionInfo *info = Pa_GetVersionInfo ();
    g_snprintf (portaudio, sizeof portaudio, "%d.%d.%d", info->versionMajor, info->versionMinor,
                info->versionSubMinor);
    int major, minor, patch;
    ebur128_get_version (&major, &minor, &patch);
    g_snprintf (ebur128, sizeof ebur128, "%d.%d.%d", major, minor, patch);
    libraries[0] = (AudioLibrary){ "libsndfile", skip_name (sf_version_string ()) };
    libraries[1] = (AudioLibrary){ "soxr", skip_name (soxr_version ()) };
    libraries[2] = (AudioLibrary){ "fftw", skip_name (fftwf_version) };
    libraries[3] = (AudioLibrary){ "portaudio", portaudio };
    libraries[4] = (AudioLibrary){ "libebur128", ebur128 };
    g_once_init_leave (&is_filled, 1);
  }
  return libraries;
}
