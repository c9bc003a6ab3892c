/* SPDX-License-Identifier: GPL-3.0-or-later */

/* hearsay record OUT.wav: the microphone into a file, until somebody or something says stop. */

#include <math.h>

#include "app/base/json-write.h"
#include "app/cli/cli-devices.h"
#include "app/cli/commands.h"
#include "app/cli/terminal.h"
#include "app/models/model-store.h"
#include "audio/sound/capture.h"
#include "audio/vad/vad.h"

#define POLL_US 50000
#define MAX_SECONDS (24.0 * 3600.0)
#define SPEECH_PROBABILITY 0.5f
/* Without the network: this much above the quietest there was, and at least so loud. */
#define SPEECH_OVER_FLOOR 4.0f
#define SPEECH_MIN_RMS 0.004f

typedef struct {
  AppCliOptions common;
  char *device;
  gboolean list_devices;
  gboolean overwrite;
  double max_seconds;     /* 0: none */
  double silence_seconds; /* 0: do not stop on silence */
} Options;

typedef enum { STOP_INTERRUPT, STOP_SILENCE, STOP_SECONDS, STOP_FAILURE } StopReason;

/* Listens for the silence that follows speech. */
typedef struct {
  AudioVad *vad; /* NULL: by level */
  float chunk[AUDIO_VAD_CHUNK];
  size_t n_chunk;
  float floor_rms;
  gboolean has_speech;
  guint64 n_since_speech; /* samples of 16 kHz */
} Listener;

static void
options_clear (Options *options)
{
  app_cli_options_clear (&options->common);
  g_free (options->device);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static AudioVad *
load_vad (void)
{
  g_autoptr (AppModelStore) store = app_model_store_new (NULL, NULL);
  if (store == NULL)
    return NULL;
  g_autofree char *path = app_model_store_get_path_for_task (store, APP_TASK_VAD, NULL);
  return path != NULL ? audio_vad_load (path, NULL) : NULL;
}

static gboolean
chunk_is_speech (Listener *listener)
{
  if (listener->vad != NULL)
    return audio_vad_next (listener->vad, listener->chunk) >= SPEECH_PROBABILITY;
  float sum = 0.0f;
  for (size_t i = 0; i < AUDIO_VAD_CHUNK; i++)
    sum += listener->chunk[i] * listener->chunk[i];
  float rms = sqrtf (sum / AUDIO_VAD_CHUNK);
  if (listener->floor_rms == 0.0f || rms < listener->floor_rms)
    listener->floor_rms = rms;
  return rms >= MAX (SPEECH_MIN_RMS, SPEECH_OVER_FLOOR * listener->floor_rms);
}

static void
listen_to (Listener *listener, AudioCapture *capture)
{
  for (;;) {
    size_t n = audio_capture_read (capture, listener->chunk + listener->n_chunk,
                                   AUDIO_VAD_CHUNK - listener->n_chunk);
    listener->n_chunk += n;
    if (listener->n_chunk < AUDIO_VAD_CHUNK)
      return;
    listener->n_chunk = 0;
    if (chunk_is_speech (listener)) {
      listener->has_speech = TRUE;
      listener->n_since_speech = 0;
    } else {
      listener->n_since_speech += AUDIO_VAD_CHUNK;
    }
  }
}

static int
list_devices (const Options *options)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) devices = audio_capture_list_devices (&error);
  if (devices == NULL)
    return app_cli_fail (error);
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  json_builder_set_member_name (json, "devices");
  app_devices_build_json (devices, json);
  json_builder_end_object (json);
  if (options->common.json)
    app_cli_print_json (json);
  else if (devices->len == 0)
    app_cli_print ("no microphone was found\n");
  else
    for (guint i = 0; i < devices->len; i++) {
      g_autofree char *line = app_device_format (g_ptr_array_index (devices, i));
      app_cli_printf ("%s\n", line);
    }
  return APP_EXIT_OK;
}

static StopReason
record (const Options *options, AudioCapture *capture, Listener *listener, atomic_bool *cancel,
        AppProgress *progress, AudioCaptureState *state)
{
  for (;;) {
    audio_capture_get_state (capture, state);
    if (state->has_failed)
      return STOP_FAILURE;
    if (atomic_load (cancel))
      return STOP_INTERRUPT;
    if (options->max_seconds > 0.0 && state->seconds >= options->max_seconds)
      return STOP_SECONDS;
    if (options->silence_seconds > 0.0) {
      listen_to (listener, capture);
      double silent = (double) listener->n_since_speech / AUDIO_RATE_HZ;
      if (listener->has_speech && silent >= options->silence_seconds)
        return STOP_SILENCE;
    }
    if (progress != NULL) {
      g_autofree char *meter = app_meter_format (state->seconds, state->peak, state->rms,
                                                 app_progress_get_n_columns (progress) - 1);
      app_progress_set_line (progress, meter);
    }
    g_usleep (POLL_US);
  }
}

static void
print_result (const Options *options, const char *path, double seconds, StopReason reason,
              const AudioCaptureState *state)
{
  static const char *const reasons[] = { "interrupt", "silence", "seconds", "failure" };
  if (!options->common.json) {
    g_autofree char *shown = app_json_display (path);
    app_cli_printf ("%s: %.1f s\n", shown, seconds);
    return;
  }
  g_autoptr (JsonBuilder) json = json_builder_new ();
  json_builder_begin_object (json);
  app_json_add_string (json, "path", path);
  app_json_add_number (json, "seconds", seconds, 3);
  app_json_add_string (json, "stopped_by", reasons[reason]);
  app_json_add_int (json, "lost_samples", (gint64) state->n_overruns);
  json_builder_end_object (json);
  app_cli_print_json (json);
}

static int
run (const Options *options, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AudioVad) vad = options->silence_seconds > 0.0 ? load_vad () : NULL;
  Listener listener = { .vad = vad };
  atomic_bool cancel = false;
  app_cli_watch_interrupt (&cancel);
  AudioCapture *capture = audio_capture_start (
      &(AudioCaptureOptions){
          .path = path, .overwrite = options->overwrite, .device_name = options->device },
      &error);
  if (capture == NULL) {
    app_cli_watch_interrupt (NULL);
    return app_cli_fail_text ("%s", error->message);
  }
  AppProgress *progress = app_progress_new ("Recording", options->common.quiet);
  if (progress != NULL)
    app_cli_note (&options->common, "recording to %s; Ctrl-C stops", path);
  AudioCaptureState state = { 0 };
  StopReason reason = record (options, capture, &listener, &cancel, progress, &state);
  app_progress_free (progress);
  double seconds = 0.0;
  gboolean ok = audio_capture_stop (capture, &seconds, &error);
  app_cli_watch_interrupt (NULL);
  /* Ctrl-C is how a recording ends, so it is not "stopped" here. */
  if (!ok)
    return app_cli_fail_text ("%s", error->message);
  if (state.n_overruns > 0)
    app_cli_note (&options->common, "%zu samples were lost: the disk was too slow",
                  state.n_overruns);
  print_result (options, path, seconds, reason, &state);
  return APP_EXIT_OK;
}

int
app_command_record (int argc, char **argv)
{
  g_auto (Options) options = { 0 };
  const GOptionEntry entries[] = {
    { "device", 'd', 0, G_OPTION_ARG_STRING, &options.device,
      "Number or part of the name of a microphone", "DEVICE" },
    { "list-devices", 0, 0, G_OPTION_ARG_NONE, &options.list_devices, "List the microphones",
      NULL },
    { "seconds", 's', 0, G_OPTION_ARG_DOUBLE, &options.max_seconds, "Stop after so long", "S" },
    { "stop-on-silence", 0, 0, G_OPTION_ARG_DOUBLE, &options.silence_seconds,
      "Stop when speech was followed by so much silence", "S" },
    { "overwrite", 0, 0, G_OPTION_ARG_NONE, &options.overwrite, "Replace a file that is there",
      NULL },
    { NULL, 0, 0, 0, NULL, NULL, NULL },
  };
  int status;
  if (!app_cli_parse (argc, argv, entries, &options.common, &status))
    return status;
  if (!app_cli_check_range ("--seconds", options.max_seconds, 0, MAX_SECONDS)
      || !app_cli_check_range ("--stop-on-silence", options.silence_seconds, 0, MAX_SECONDS))
    return APP_EXIT_USAGE;
  if (options.list_devices)
    return list_devices (&options);
  if (options.common.n_arguments != 1)
    return app_cli_usage ("one file to record to is needed, .wav or .flac (see hearsay record "
                          "--help)");
  return run (&options, options.common.arguments[0]);
}
