/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "audio/libraries.h"

#include <fftw3.h>
#include <portaudio.h>
#include <sndfile.h>
#include <soxr.h>

const AudioLibrary *
audio_libraries_get (void)
{
  static AudioLibrary libraries[5];
  static gsize is_filled = 0;
  if (g_once_init_enter (&is_filled)) {
    libraries[0] = (AudioLibrary){ "libsndfile", sf_version_string () };
    libraries[1] = (AudioLibrary){ "soxr", soxr_version () };
    libraries[2] = (AudioLibrary){ "fftw", fftwf_version };
    libraries[3] = (AudioLibrary){ "portaudio", Pa_GetVersionInfo ()->versionText };
    g_once_init_leave (&is_filled, 1);
  }
  return libraries;
}
