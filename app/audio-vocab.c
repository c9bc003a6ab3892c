/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/audio-vocab.h"

#include <math.h>

#define TIME_STEP_S 0.1
#define N_TIMES ((int) (AUDIO_MAX_SECONDS / TIME_STEP_S) + 1)

enum { MARKER_BEGIN, MARKER_END, N_MARKERS };

static char *
print_marker (int index, gpointer user_data)
{
  return g_strdup (index == MARKER_BEGIN ? "<|audio|>" : "<|/audio|>");
}

static char *
say_marker (int index, gpointer user_data)
{
  return g_strdup (index == MARKER_BEGIN ? "<recording>" : "\n</recording>\n");
}

static char *
print_segment (int index, gpointer user_data)
{
  return g_strdup_printf ("<|segment %d|>", index);
}

static char *
say_segment (int index, gpointer user_data)
{
  return g_strdup_printf ("\n%d.", index);
}

static char *
print_time (int index, gpointer user_data)
{
  return g_strdup_printf ("<|time %d.%d|>", index / 10, index % 10);
}

static char *
say_time (int index, gpointer user_data)
{
  int seconds = index / 10;

  if (seconds >= 3600)
    return g_strdup_printf (" [%d:%02d:%02d.%d]", seconds / 3600, seconds / 60 % 60, seconds % 60,
                            index % 10);
  return g_strdup_printf (" [%02d:%02d.%d]", seconds / 60, seconds % 60, index % 10);
}

static char *
print_speaker (int index, gpointer user_data)
{
  return g_strdup_printf ("<|speaker %c|>", 'A' + index);
}

static char *
say_speaker (int index, gpointer user_data)
{
  return g_strdup_printf (" Speaker %c:", 'A' + index);
}

static char *
apt_speaker (int index, gpointer user_data)
{
  return g_strdup_printf (" %c", 'A' + index);
}

gboolean
app_audio_vocab_register (LlmVocab *vocab, GError **error)
{
  const LlmVocabBlock blocks[] = {
    { .name = "audio", .size = N_MARKERS, .print_name = print_marker, .verbal_form = say_marker },
    { .name = "segment",
      .size = APP_VOCAB_MAX_SEGMENTS,
      .print_name = print_segment,
      .verbal_form = say_segment },
    { .name = "time", .size = N_TIMES, .print_name = print_time, .verbal_form = say_time },
    { .name = "speaker",
      .size = 26,
      .print_name = print_speaker,
      .verbal_form = say_speaker,
      .apt_token = apt_speaker },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (llm_vocab_add_block (vocab, &blocks[i], error) < 0)
      return FALSE;
  return TRUE;
}

static void
append_token (GArray *tokens, int id, double start, double end, int segment)
{
  AppAudioToken token = { .id = id, .start = start, .end = end, .segment = segment };

  g_array_append_val (tokens, token);
}

static void
append_time (GArray *tokens, LlmVocab *vocab, double seconds, int segment)
{
  int index = CLAMP ((int) lround (seconds / TIME_STEP_S), 0, N_TIMES - 1);

  append_token (tokens, llm_vocab_get_id (vocab, "time", index), seconds, seconds, segment);
}

static void
append_segment (GArray *tokens, LlmVocab *vocab, const AppHearingSegment *segment, int index,
                int number)
{
  g_autofree char *words = g_strconcat (" ", segment->text, NULL);
  g_autoptr (GArray) ids = llm_tokenizer_encode (llm_vocab_get_tokenizer (vocab), words, -1, 0);
  append_token (tokens,
                llm_vocab_get_id (vocab, "segment", MIN (number, APP_VOCAB_MAX_SEGMENTS - 1)),
                segment->start, segment->end, index);
  append_time (tokens, vocab, segment->start, index);
  if (segment->speaker >= 0 && segment->speaker < 26)
    append_token (tokens, llm_vocab_get_id (vocab, "speaker", segment->speaker), segment->start,
                  segment->end, index);
  for (guint i = 0; i < ids->len; i++) {
    double part = (segment->end - segment->start) / ids->len;

    append_token (tokens, g_array_index (ids, int, i), segment->start + i * part,
                  segment->start + (i + 1) * part, index);
  }
  append_time (tokens, vocab, segment->end, index);
}

GArray *
app_audio_vocab_tokenize (LlmVocab *vocab, const AppHearing *hearing, int first_segment,
                          const gboolean *selected)
{
  GArray *tokens = g_array_new (FALSE, FALSE, sizeof (AppAudioToken));

  append_token (tokens, llm_vocab_get_id (vocab, "audio", MARKER_BEGIN), 0, 0, -1);
  for (guint i = 0; i < hearing->segments->len; i++)
    if (selected == NULL || selected[i])
      append_segment (tokens, vocab, app_hearing_get (hearing, i), (int) i,
                      first_segment + (int) i + 1);
  append_token (tokens, llm_vocab_get_id (vocab, "audio", MARKER_END), hearing->seconds,
                hearing->seconds, -1);
  return tokens;
}
