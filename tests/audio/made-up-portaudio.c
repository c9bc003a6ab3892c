/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "tests/audio/made-up-portaudio.h"

#include <dlfcn.h>

#include <glib.h>

#include "audio/sound/device.h"

double portaudio_only_rate;
atomic_int portaudio_start_delay_us;

PaError
Pa_Initialize (void)
{
  PaError (*real) (void) = (PaError (*) (void)) dlsym (RTLD_NEXT, "Pa_Initialize");

  g_usleep ((gulong) atomic_load (&portaudio_start_delay_us));
  return real ();
}

typedef PaError (*OpenStream) (PaStream **stream, const PaStreamParameters *input,
                               const PaStreamParameters *output, double rate,
                               unsigned long n_frames, PaStreamFlags flags,
                               PaStreamCallback *callback, void *user_data);

PaError
Pa_OpenStream (PaStream **stream, const PaStreamParameters *input, const PaStreamParameters *output,
               double rate, unsigned long n_frames, PaStreamFlags flags, PaStreamCallback *callback,
               void *user_data)
{
  OpenStream real = (OpenStream) dlsym (RTLD_NEXT, "Pa_OpenStream");

  if (portaudio_only_rate > 0 && rate != portaudio_only_rate)
    return paInvalidSampleRate;
  return real (stream, input, output, rate, n_frames, flags, callback, user_data);
}
