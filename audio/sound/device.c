/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/sound/device.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "audio/sound/capture.h"
#include "audio/sound/quiet.h"

#define CLOSE_SECONDS 1
#define START_SECONDS 10
/* What the device holds is heard after a stop. */
#define MAX_LATENCY_S 0.1

/* PortAudio's functions that change its state are not safe to call from two threads: one at a time
 * is in it. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
/* Below the lock. */
static gboolean is_taken;   /* somebody is in PortAudio */
static gboolean is_hanging; /* a stream could not be closed: it is taken for ever */

/* FALSE with AUDIO_ERROR_DEVICE if a stream that does not close stays in PortAudio. */
static gboolean
enter (GError **error)
{
  gboolean is_ours;

  pthread_mutex_lock (&lock);
  while (is_taken && !is_hanging)
    pthread_cond_wait (&changed, &lock);
  is_ours = !is_hanging;
  is_taken |= is_ours;
  pthread_mutex_unlock (&lock);
  if (is_ours)
    audio_quiet_begin ();
  else
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE,
                         "the sound system does not answer; start the program again");
  return is_ours;
}

static void
leave (void)
{
  audio_quiet_end ();
  pthread_mutex_lock (&lock);
  is_taken = FALSE;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
}

static const char *
get_reason (PaError code)
{
  const PaHostErrorInfo *host =
      code == paUnanticipatedHostError ? Pa_GetLastHostErrorInfo () : NULL;
  return host != NULL && host->errorText != NULL && *host->errorText ? host->errorText
                                                                     : Pa_GetErrorText (code);
}

/* PortAudio 19.6 asserts that ALSA's configuration names a default device, and would end the
 * program where its file is empty. ALSA is there with PortAudio, or not used by it. */
static gboolean
has_configuration (void)
{
  int (*update) (void) = (int (*) (void)) dlsym (RTLD_DEFAULT, "snd_config_update");
  int (*search) (void *, const char *, void **) =
      (int (*) (void *, const char *, void **)) dlsym (RTLD_DEFAULT, "snd_config_search");
  void **configuration = dlsym (RTLD_DEFAULT, "snd_config");
  void *found;

  if (update == NULL || search == NULL || configuration == NULL)
    return TRUE;
  if (update () < 0 || *configuration == NULL)
    return FALSE;
  return search (*configuration, "pcm.default", &found) >= 0
         || search (*configuration, "pcm.dmix", &found) >= 0;
}

gboolean
audio_device_system_start (GError **error)
{
  if (!enter (error))
    return FALSE;
  if (!has_configuration ()) {
    leave ();
    g_set_error_literal (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE,
                         "the sound system does not start: ALSA's configuration names no "
                         "default device");
    return FALSE;
  }
  PaError code = Pa_Initialize ();
  leave ();
  if (code != paNoError)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "the sound system does not start: %s",
                 get_reason (code));
  return code == paNoError;
}

void
audio_device_system_stop (void)
{
  if (!enter (NULL))
    return;
  Pa_Terminate ();
  leave ();
}

typedef enum { INPUT, OUTPUT } Direction;

/* Of the index; 0: none in this direction. */
static int
get_n_channels (PaDeviceIndex index, Direction direction)
{
  const PaDeviceInfo *info = Pa_GetDeviceInfo (index);
  if (info == NULL)
    return 0;
  return direction == INPUT ? info->maxInputChannels : info->maxOutputChannels;
}

/* The system may name no default although there is a device. */
static PaDeviceIndex
get_default (Direction direction)
{
  PaDeviceIndex index =
      direction == INPUT ? Pa_GetDefaultInputDevice () : Pa_GetDefaultOutputDevice ();
  for (PaDeviceIndex i = 0; index == paNoDevice && i < Pa_GetDeviceCount (); i++)
    if (get_n_channels (i, direction) > 0)
      index = i;
  return index;
}

/* A number, then the whole name, then part of it; the case of letters does not matter. */
static PaDeviceIndex
match (const char *name, Direction direction)
{
  char *end;
  gint64 number = g_ascii_strtoll (name, &end, 10);
  if (*name != '\0' && *end == '\0')
    return number >= 0 && number < Pa_GetDeviceCount ()
                   && get_n_channels ((PaDeviceIndex) number, direction) > 0
               ? (PaDeviceIndex) number
               : paNoDevice;
  g_autofree char *wanted = g_utf8_casefold (name, -1);
  PaDeviceIndex partial = paNoDevice;
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount (); i++) {
    g_autofree char *own =
        get_n_channels (i, direction) > 0 ? g_utf8_casefold (Pa_GetDeviceInfo (i)->name, -1) : NULL;
    if (own == NULL)
      continue;
    if (strcmp (own, wanted) == 0)
      return i;
    if (partial == paNoDevice && strstr (own, wanted) != NULL)
      partial = i;
  }
  return partial;
}

static PaDeviceIndex
find (const char *name, Direction direction, const char *kind, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  PaDeviceIndex index = name != NULL ? match (name, direction) : get_default (direction);
  if (index != paNoDevice)
    return index;
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount (); i++)
    if (get_n_channels (i, direction) > 0)
      g_string_append_printf (names, "%s%d %s", names->len > 0 ? ", " : "", i,
                              Pa_GetDeviceInfo (i)->name);
  if (names->len == 0)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "no %s was found", kind);
  else
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "no %s is called \"%s\"; there are: %s",
                 kind, name, names->str);
  return paNoDevice;
}

PaDeviceIndex
audio_device_find_input (const char *name, GError **error)
{
  return find (name, INPUT, "microphone", error);
}

PaDeviceIndex
audio_device_find_output (const char *name, GError **error)
{
  return find (name, OUTPUT, "loudspeaker", error);
}

/* Tries rates and numbers of channels until the device takes them. */
static PaStream *
open_any (PaStreamParameters parameters, Direction direction, int *rate_hz, int *n_channels,
          PaStreamCallback *callback, void *user_data, GError **error)
{
  const PaDeviceInfo *info = Pa_GetDeviceInfo (parameters.device);
  const int max_channels = get_n_channels (parameters.device, direction);
  const int rates[] = { *rate_hz, (int) info->defaultSampleRate, 48000, 44100 };
  const int channels[] = { 1, 2, max_channels };
  PaStream *stream = NULL;
  PaError first_code = paNoError;
  if (!enter (error))
    return NULL;
  for (size_t r = 0; r < G_N_ELEMENTS (rates) && stream == NULL; r++)
    for (size_t c = 0; c < G_N_ELEMENTS (channels) && stream == NULL; c++) {
      if (channels[c] > max_channels)
        continue;
      parameters.channelCount = channels[c];
      PaError code = Pa_OpenStream (&stream, direction == INPUT ? &parameters : NULL,
                                    direction == INPUT ? NULL : &parameters, rates[r],
                                    paFramesPerBufferUnspecified, paNoFlag, callback, user_data);
      if (code != paNoError)
        stream = NULL;
      if (first_code == paNoError)
        first_code = code;
      *rate_hz = rates[r];
      *n_channels = channels[c];
    }
  leave ();
  if (stream == NULL)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "the %s %s cannot be opened: %s",
                 direction == INPUT ? "microphone" : "loudspeaker", info->name,
                 get_reason (first_code));
  return stream;
}

PaStream *
audio_device_open_input (PaDeviceIndex index, int *rate_hz, int *n_channels,
                         PaStreamCallback *callback, void *user_data, GError **error)
{
  const PaStreamParameters parameters = {
    .device = index,
    .sampleFormat = paFloat32,
    .suggestedLatency = Pa_GetDeviceInfo (index)->defaultHighInputLatency,
  };
  return open_any (parameters, INPUT, rate_hz, n_channels, callback, user_data, error);
}

PaStream *
audio_device_open_output (PaDeviceIndex index, int *rate_hz, int *n_channels,
                          PaStreamCallback *callback, void *user_data, GError **error)
{
  const PaStreamParameters parameters = {
    .device = index,
    .sampleFormat = paFloat32,
    .suggestedLatency = MIN (Pa_GetDeviceInfo (index)->defaultHighOutputLatency, MAX_LATENCY_S),
  };
  return open_any (parameters, OUTPUT, rate_hz, n_channels, callback, user_data, error);
}

gboolean
audio_device_start_stream (PaStream *stream, GError **error)
{
  if (!enter (error))
    return FALSE;
  PaError code = Pa_StartStream (stream);
  leave ();
  if (code != paNoError)
    g_set_error (error, AUDIO_ERROR, AUDIO_ERROR_DEVICE, "the sound device does not start: %s",
                 get_reason (code));
  return code == paNoError;
}

typedef struct {
  PaStream *stream;
  /* Below the lock. */
  gboolean has_begun; /* nobody else is in PortAudio */
  gboolean is_done;
} Closing;

static void *
run_close (void *user_data)
{
  Closing *closing = user_data;

  pthread_mutex_lock (&lock);
  while (is_taken)
    pthread_cond_wait (&changed, &lock);
  is_taken = closing->has_begun = TRUE;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  /* Not quietly: if this hangs, the program would stay without stderr. */
  Pa_AbortStream (closing->stream);
  Pa_CloseStream (closing->stream);
  pthread_mutex_lock (&lock);
  is_taken = FALSE;
  closing->is_done = TRUE;
  pthread_cond_broadcast (&changed);
  pthread_mutex_unlock (&lock);
  return NULL;
}

/* By a clock that nobody sets. */
static struct timespec
in_seconds (int seconds)
{
  struct timespec until;

  clock_gettime (CLOCK_MONOTONIC, &until);
  until.tv_sec += seconds;
  return until;
}

static gboolean
wait_until (const struct timespec *until)
{
  return pthread_cond_clockwait (&changed, &lock, CLOCK_MONOTONIC, until) == 0;
}

/* Whether it has ended, within CLOSE_SECONDS from its begin. Before that it waits for whoever
 * starts or opens something: sound servers take their time, but not for ever. */
static gboolean
wait_for_close (const Closing *closing)
{
  struct timespec until = in_seconds (START_SECONDS);
  gboolean is_done;

  pthread_mutex_lock (&lock);
  while (!closing->has_begun && !is_hanging && wait_until (&until)) {}
  until = in_seconds (CLOSE_SECONDS);
  while (closing->has_begun && !closing->is_done && wait_until (&until)) {}
  is_done = closing->is_done;
  if (!is_done) {
    /* A sound server that died, or a driver, may keep PortAudio waiting for ever. */
    is_hanging = TRUE;
    pthread_cond_broadcast (&changed);
  }
  pthread_mutex_unlock (&lock);
  return is_done;
}

gboolean
audio_device_close_stream (PaStream *stream)
{
  pthread_t closer;
  Closing *closing;
  if (stream == NULL)
    return TRUE;
  closing = g_new0 (Closing, 1);
  closing->stream = stream;
  if (pthread_create (&closer, NULL, run_close, closing) != 0) {
    run_close (closing);
  } else if (wait_for_close (closing)) {
    pthread_join (closer, NULL);
  } else {
    pthread_detach (closer);
    return FALSE;
  }
  g_free (closing);
  return TRUE;
}

GPtrArray *
audio_capture_list_devices (GError **error)
{
  if (!audio_device_system_start (error))
    return NULL;
  GPtrArray *devices = g_ptr_array_new_with_free_func ((GDestroyNotify) audio_device_free);
  PaDeviceIndex default_index = get_default (INPUT);
  for (PaDeviceIndex i = 0; i < Pa_GetDeviceCount (); i++) {
    const PaDeviceInfo *info = Pa_GetDeviceInfo (i);
    if (get_n_channels (i, INPUT) == 0)
      continue;
    AudioDevice *device = g_new0 (AudioDevice, 1);
    device->index = i;
    device->name = g_strdup (info->name);
    device->n_channels = info->maxInputChannels;
    device->rate_hz = info->defaultSampleRate;
    device->is_default = i == default_index;
    g_ptr_array_add (devices, device);
  }
  audio_device_system_stop ();
  return devices;
}

void
audio_device_free (AudioDevice *device)
{
  if (device == NULL)
    return;
  g_free (device->name);
  g_free (device);
}
