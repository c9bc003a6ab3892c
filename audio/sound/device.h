/* SPDX-License-Identifier: GPL-3.0-or-later */

/* PortAudio's devices: starting the library, finding an input or output, opening a stream. Internal
 * to audio/.
 *
 * PortAudio and the libraries under it print on stderr what they cannot find; all calls that do so
 * are made here, quietly. The functions may be called from any thread.
 */

#pragma once

#include <portaudio.h>

#include "audio/base/audio-error.h"

G_BEGIN_DECLS

/* Starts PortAudio, which looks for devices; each success needs one audio_device_system_stop(). */
gboolean audio_device_system_start (GError **error);
void audio_device_system_stop (void);

/* The index of the input or output that is meant: NULL for the default, a number, or part of a name
 * (AudioCaptureOptions). -1 with AUDIO_ERROR_DEVICE. */
PaDeviceIndex audio_device_find_input (const char *name, GError **error);
PaDeviceIndex audio_device_find_output (const char *name, GError **error);

/* Opens an input for floats at *rate_hz, or, if the device refuses that, at another rate, which is
 * then in *rate_hz; the same with *n_channels. NULL with AUDIO_ERROR_DEVICE. */
PaStream *audio_device_open_input (PaDeviceIndex index, int *rate_hz, int *n_channels,
                                   PaStreamCallback *callback, void *user_data, GError **error);
/* The same for an output; mono or as few channels as it takes. */
PaStream *audio_device_open_output (PaDeviceIndex index, int *rate_hz, int *n_channels,
                                    PaStreamCallback *callback, void *user_data, GError **error);
gboolean audio_device_start_stream (PaStream *stream, GError **error);
/* Stops at once and closes; NULL is allowed. FALSE if the sound system hangs: then its thread may
 * still call back, whatever the stream uses must stay, and PortAudio cannot be used again. */
gboolean audio_device_close_stream (PaStream *stream);

G_END_DECLS
