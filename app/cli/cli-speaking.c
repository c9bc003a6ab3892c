/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/cli/cli-speaking.h"
#include "app/base/json-write.h"

#include <poll.h>
#include <unistd.h>

/* How often the wait looks whether it is over. */
#define POLL_MS 20

gboolean
app_cli_speaking_start (AppCliSpeaking *speaking, const AppCliOptions *options, atomic_bool *cancel,
                        gboolean is_terminal, GError **error)
{
  speaking->options = options;
  speaking->cancel = cancel;
  speaking->is_terminal = is_terminal;
  speaking->speaker = app_speaker_new (&(AppSpeakerOptions){ .voice = speaking->voice,
                                                             .speed = speaking->speed,
                                                             .accent = speaking->accent,
                                                             .n_threads = options->n_threads,
                                                             .cancel = cancel },
                                       error);
  return speaking->speaker != NULL;
}

void
app_cli_speaking_clear (AppCliSpeaking *speaking)
{
  g_clear_pointer (&speaking->speaker, app_speaker_free);
  g_clear_pointer (&speaking->voice, g_free);
}

/* Waits so long for a line on the terminal, which is then left for whoever reads it. */
static gboolean
has_typed (const AppCliSpeaking *speaking, int ms)
{
  struct pollfd typed = { .fd = STDIN_FILENO, .events = POLLIN };

  if (speaking->is_terminal)
    return poll (&typed, 1, ms) > 0;
  if (ms > 0)
    poll (NULL, 0, ms);
  return FALSE;
}

static gboolean
wants_silence (const AppCliSpeaking *speaking, int ms)
{
  return has_typed (speaking, ms) || atomic_load (speaking->cancel);
}

static void
show_error (AppCliSpeaking *speaking)
{
  g_autoptr (GError) error = app_speaker_take_error (speaking->speaker);

  if (error != NULL)
    app_cli_note (speaking->options, "not all is spoken: %s", error->message);
}

void
app_cli_speaking_add (AppCliSpeaking *speaking, const char *text)
{
  if (speaking->speaker == NULL || speaking->is_silent)
    return;
  if (wants_silence (speaking, 0))
    app_cli_speaking_stop (speaking);
  else
    app_speaker_add (speaking->speaker, text);
}

void
app_cli_speaking_stop (AppCliSpeaking *speaking)
{
  if (speaking->speaker != NULL)
    app_speaker_stop (speaking->speaker);
  speaking->is_silent = TRUE;
}

/* Until all is heard or nobody wants it. */
static void
wait_until_heard (AppCliSpeaking *speaking)
{
  /* Also after a stop: the next text begins anew. */
  app_speaker_finish (speaking->speaker);
  if (speaking->is_silent)
    app_speaker_stop (speaking->speaker);
  while (!speaking->is_silent && !app_speaker_is_done (speaking->speaker))
    if (wants_silence (speaking, POLL_MS))
      app_cli_speaking_stop (speaking);
  speaking->is_silent = FALSE;
}

void
app_cli_speaking_finish (AppCliSpeaking *speaking)
{
  if (speaking->speaker == NULL)
    return;
  wait_until_heard (speaking);
  show_error (speaking);
}

gboolean
app_cli_speaking_narrate (AppCliSpeaking *speaking, const char *text, const char *path,
                          gboolean is_silent, GError **error)
{
  app_speaker_narrate (speaking->speaker, text, path, speaking->check, is_silent);
  wait_until_heard (speaking);
  GError *problem = app_speaker_take_error (speaking->speaker);
  if (problem != NULL)
    g_propagate_error (error, problem);
  return problem == NULL;
}

void
app_cli_speaking_build_json (AppCliSpeaking *speaking, JsonBuilder *builder)
{
  AppSpeakerReport report;

  if (speaking->speaker == NULL)
    return;
  app_speaker_get_report (speaking->speaker, &report);
  json_builder_set_member_name (builder, "speech");
  json_builder_begin_object (builder);
  app_json_add_int (builder, "sentences", report.n_sentences);
  app_json_add_int (builder, "skipped", report.n_skipped);
  app_json_add_number (builder, "seconds", report.seconds, 3);
  app_json_add_number (builder, "first_sentence_s", report.first_sentence_s, 3);
  app_json_add_number (builder, "first_sound_s", report.first_sound_s, 3);
  json_builder_end_object (builder);
}
