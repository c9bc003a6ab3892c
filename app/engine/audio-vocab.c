/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/engine/audio-vocab.h"

#include <math.h>

#include "app/hearing/manner.h"

#define TIME_STEP_S 0.1
#define N_TIMES ((int) (AUDIO_MAX_SECONDS / TIME_STEP_S) + 1)
/* Where nobody speaks for so long after a line, or the recording ends, the line's end is told. */
#define GAP_S 1.0

enum { MARKER_BEGIN, MARKER_END, MARKER_WORDS, MARKER_LINE, N_MARKERS };

/* An entry of a block of few ids. No verbal form: it is not read, being what is usual. */
typedef struct {
  const char *name;
  const char *verbal;
  const char *apt;
} Entry;

static const Entry markers[N_MARKERS] = {
  [MARKER_BEGIN] = { "<|audio|>", "<recording>", NULL },
  [MARKER_END] = { "<|/audio|>", "\n</recording>\n", NULL },
  [MARKER_WORDS] = { "<|words|>", ":", NULL },
  [MARKER_LINE] = { "<|line|>", "\n", NULL },
};
static const Entry genders[] = {
  { "<|female|>", ", female", " female" },
  { "<|male|>", ", male", " male" },
};
static const Entry emotions[AUDIO_N_EMOTIONS] = {
  [AUDIO_EMOTION_NEUTRAL] = { "<|neutral|>", " neutral", " neutral" },
  [AUDIO_EMOTION_HAPPY] = { "<|happy|>", " happy", " happy" },
  [AUDIO_EMOTION_SAD] = { "<|sad|>", " sad", " sad" },
  [AUDIO_EMOTION_ANGRY] = { "<|angry|>", " angry", " angry" },
  [AUDIO_EMOTION_FEARFUL] = { "<|fearful|>", " fearful", " afraid" },
  [AUDIO_EMOTION_SURPRISED] = { "<|surprised|>", " surprised", " surprised" },
  [AUDIO_EMOTION_DISGUSTED] = { "<|disgusted|>", " disgusted", " disgusted" },
};
static const Entry certainties[] = {
  { "<|uncertain|>", ", emotion uncertain, perhaps", " perhaps" },
  { "<|certain|>", ",", "," },
};
static const Entry pitches[] = {
  [APP_LEVEL_LOW] = { "<|pitch low|>", ", low pitch", " deep" },
  [APP_LEVEL_NORMAL] = { "<|pitch normal|>", NULL, NULL },
  [APP_LEVEL_HIGH] = { "<|pitch high|>", ", high pitch", " high" },
};
static const Entry rates[] = {
  [APP_LEVEL_LOW] = { "<|slow|>", ", slow", " slow" },
  [APP_LEVEL_NORMAL] = { "<|rate normal|>", NULL, NULL },
  [APP_LEVEL_HIGH] = { "<|fast|>", ", fast", " fast" },
};
static const Entry loudnesses[] = {
  [APP_LEVEL_LOW] = { "<|quiet|>", ", quiet", " quiet" },
  [APP_LEVEL_NORMAL] = { "<|loudness normal|>", NULL, NULL },
  [APP_LEVEL_HIGH] = { "<|loud|>", ", loud", " loud" },
};
static const Entry pauses[] = {
  [APP_LEVEL_LOW] = { "<|no pauses|>", NULL, NULL },
  [APP_LEVEL_NORMAL] = { "<|few pauses|>", NULL, NULL },
  [APP_LEVEL_HIGH] = { "<|pauses|>", ", with pauses", " pauses" },
};

static char *
print_entry (int index, gpointer entries)
{
  return g_strdup (((const Entry *) entries)[index].name);
}

static char *
say_entry (int index, gpointer entries)
{
  return g_strdup (((const Entry *) entries)[index].verbal);
}

static char *
apt_entry (int index, gpointer entries)
{
  return g_strdup (((const Entry *) entries)[index].apt);
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
  g_autofree char *time = app_audio_vocab_format_time (index * TIME_STEP_S);

  return g_strdup_printf (" [%s]", time);
}

static char *
print_speaker (int index, gpointer user_data)
{
  return g_strdup_printf ("<|speaker %c|>", 'A' + index);
}

static char *
say_speaker (int index, gpointer user_data)
{
  return g_strdup_printf (" Speaker %c", 'A' + index);
}

static char *
apt_speaker (int index, gpointer user_data)
{
  return g_strdup_printf (" %c", 'A' + index);
}

/* A block of entries that are read by their verbal form or by a copied row. */
#define ENTRY_BLOCK(block_name, entries)                                                           \
  {                                                                                                \
    .name = (block_name), .size = G_N_ELEMENTS (entries), .print_name = print_entry,               \
    .verbal_form = say_entry, .apt_token = apt_entry, .user_data = (gpointer) (entries)            \
  }

/* Those that tell how and by whom, by which a Hearing can be read in several ways. */
static const char *const manner_blocks[] = { "speaker", "gender",   "certainty", "emotion", "pitch",
                                             "rate",    "loudness", "pauses",    NULL };

gboolean
app_audio_vocab_register (LlmVocab *vocab, GError **error)
{
  const LlmVocabBlock blocks[] = {
    { .name = "audio",
      .size = N_MARKERS,
      .print_name = print_entry,
      .verbal_form = say_entry,
      .user_data = (gpointer) markers },
    { .name = "segment",
      .size = APP_VOCAB_MAX_SEGMENTS,
      .print_name = print_segment,
      .verbal_form = say_segment },
    { .name = "time", .size = N_TIMES, .print_name = print_time, .verbal_form = say_time },
    { .name = "speaker",
      .size = APP_HEARING_MAX_SPEAKERS,
      .print_name = print_speaker,
      .verbal_form = say_speaker,
      .apt_token = apt_speaker },
    ENTRY_BLOCK ("gender", genders),
    ENTRY_BLOCK ("certainty", certainties),
    ENTRY_BLOCK ("emotion", emotions),
    ENTRY_BLOCK ("pitch", pitches),
    ENTRY_BLOCK ("rate", rates),
    ENTRY_BLOCK ("loudness", loudnesses),
    ENTRY_BLOCK ("pauses", pauses),
  };

  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (llm_vocab_add_block (vocab, &blocks[i], error) < 0)
      return FALSE;
  return TRUE;
}

const char *const *
app_audio_vocab_get_manner_blocks (void)
{
  return manner_blocks;
}

gboolean
app_audio_vocab_set_reading (LlmVocab *vocab, LlmVocabReading reading, GError **error)
{
  for (gsize i = 0; manner_blocks[i] != NULL; i++)
    if (!llm_vocab_set_reading (vocab, manner_blocks[i], reading, error))
      return FALSE;
  return TRUE;
}

char *
app_audio_vocab_format_time (double seconds)
{
  int whole = (int) lround (MAX (seconds, 0));

  if (whole >= 3600)
    return g_strdup_printf ("%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60);
  return g_strdup_printf ("%d:%02d", whole / 60, whole % 60);
}

/* A sequence being written, and the line that it is at. */
typedef struct {
  LlmVocab *vocab;
  const AppHearing *hearing;
  const AppAudioTokenOptions *options;
  GArray *tokens;
  const AppHearingSegment *segment;
  int index;   /* of the segment */
  int said_by; /* the speaker that was named last; -1: nobody */
} Writer;

static void
append_token (GArray *tokens, int id, double start, double end, int segment)
{
  AppAudioToken token = { .id = id, .start = start, .end = end, .segment = segment };

  g_array_append_val (tokens, token);
}

/* An id that stands for the whole line; none for an unknown index. */
static void
append_entry (Writer *w, const char *block, int index)
{
  int id = llm_vocab_get_id (w->vocab, block, index);

  if (id >= 0)
    append_token (w->tokens, id, w->segment->start, w->segment->end, w->index);
}

static void
append_time (Writer *w, double seconds)
{
  int index = CLAMP ((int) lround (seconds / TIME_STEP_S), 0, N_TIMES - 1);

  append_token (w->tokens, llm_vocab_get_id (w->vocab, "time", index), seconds, seconds, w->index);
}

/* Whether nobody with this voice has spoken before. */
static gboolean
is_first_of_speaker (const Writer *w)
{
  for (int i = 0; i < w->index; i++)
    if (app_hearing_get (w->hearing, (guint) i)->speaker == w->segment->speaker
        && (w->options->selected == NULL || w->options->selected[i]))
      return FALSE;
  return TRUE;
}

/* The gender of a voice is told once. */
static void
append_gender (Writer *w)
{
  const AppHearingSpeaker *speaker = app_hearing_get_speaker (w->hearing, w->segment);
  const AudioAttributes *attributes = &w->segment->attributes;

  if (speaker == NULL && w->segment->has_attributes && attributes->gender_certain)
    append_entry (w, "gender", attributes->female > 0.5f ? 0 : 1);
  else if (speaker != NULL && speaker->has_attributes && speaker->gender_certain
           && is_first_of_speaker (w))
    append_entry (w, "gender", speaker->female > 0.5f ? 0 : 1);
}

static gboolean
wants (const Writer *w, AppAspect aspect)
{
  return w->options->aspects == 0 || (w->options->aspects & aspect) != 0;
}

static void
append_manner (Writer *w)
{
  AppManner manner = app_manner_of_segment (w->hearing, (guint) w->index);

  if (wants (w, APP_ASPECT_GENDER))
    append_gender (w);
  if (w->segment->has_attributes && wants (w, APP_ASPECT_EMOTION)) {
    append_entry (w, "certainty", w->segment->attributes.certain);
    append_entry (w, "emotion", (int) audio_attributes_get_top (&w->segment->attributes));
  }
  if (wants (w, APP_ASPECT_PITCH))
    append_entry (w, "pitch", manner.pitch);
  if (wants (w, APP_ASPECT_SPEED))
    append_entry (w, "rate", manner.rate);
  if (wants (w, APP_ASPECT_LOUDNESS))
    append_entry (w, "loudness", manner.loudness);
  if (wants (w, APP_ASPECT_PAUSES))
    append_entry (w, "pauses", manner.pauses);
}

static int
get_voice (const Writer *w)
{
  if (w->segment->speaker < 0 || w->options->voices == NULL)
    return w->segment->speaker;
  return app_voices_get_index (w->options->voices, w->options->hearing, w->segment->speaker);
}

static gboolean
is_followed_by_silence (const Writer *w)
{
  guint next = (guint) w->index + 1;

  return next >= w->hearing->segments->len
         || (w->options->selected != NULL && !w->options->selected[next])
         || app_hearing_get (w->hearing, next)->start - w->segment->end >= GAP_S;
}

static void
append_words (Writer *w, const char *lead)
{
  g_autofree char *words = g_strconcat (lead, w->segment->text, NULL);
  g_autoptr (GArray) ids = llm_tokenizer_encode (llm_vocab_get_tokenizer (w->vocab), words, -1, 0);
  double start = w->segment->start, part = (w->segment->end - start) / MAX (ids->len, 1);

  for (guint i = 0; i < ids->len; i++)
    append_token (w->tokens, g_array_index (ids, int, i), start + i * part, start + (i + 1) * part,
                  w->index);
}

static gboolean
have_several_speakers (const Writer *w)
{
  return (w->options->voices != NULL ? app_voices_get_n (w->options->voices)
                                     : w->hearing->speakers->len)
         > 1;
}

/* Words alone: who says them only where that changes within the recording. */
static void
append_bare_segment (Writer *w)
{
  if (w->hearing->speakers->len <= 1 || w->segment->speaker == w->said_by) {
    append_words (w, "\n");
    return;
  }
  w->said_by = w->segment->speaker;
  append_entry (w, "audio", MARKER_LINE);
  append_entry (w, "speaker", get_voice (w));
  append_entry (w, "audio", MARKER_WORDS);
  append_words (w, " ");
}

static void
append_segment (Writer *w, int index)
{
  guint n_before;

  w->index = index;
  w->segment = app_hearing_get (w->hearing, (guint) index);
  if (w->options->detail == APP_DETAIL_WORDS) {
    append_bare_segment (w);
    return;
  }
  append_entry (w, "segment",
                MIN (w->options->first_segment + index + 1, APP_VOCAB_MAX_SEGMENTS - 1));
  append_time (w, w->segment->start);
  n_before = w->tokens->len;
  if (w->options->detail == APP_DETAIL_MANNER || have_several_speakers (w))
    append_entry (w, "speaker", get_voice (w));
  if (w->options->detail == APP_DETAIL_MANNER)
    append_manner (w);
  if (w->tokens->len > n_before)
    append_entry (w, "audio", MARKER_WORDS);
  append_words (w, " ");
  if (is_followed_by_silence (w))
    append_time (w, w->segment->end);
}

GArray *
app_audio_vocab_tokenize (LlmVocab *vocab, const AppHearing *hearing,
                          const AppAudioTokenOptions *options)
{
  static const AppAudioTokenOptions defaults = { 0 };
  Writer writer = { .vocab = vocab,
                    .hearing = hearing,
                    .options = options != NULL ? options : &defaults,
                    .tokens = g_array_new (FALSE, FALSE, sizeof (AppAudioToken)),
                    .said_by = -1 };

  append_token (writer.tokens, llm_vocab_get_id (vocab, "audio", MARKER_BEGIN), 0, 0, -1);
  for (guint i = 0; i < hearing->segments->len; i++)
    if (writer.options->selected == NULL || writer.options->selected[i])
      append_segment (&writer, (int) i);
  append_token (writer.tokens, llm_vocab_get_id (vocab, "audio", MARKER_END), hearing->seconds,
                hearing->seconds, -1);
  return writer.tokens;
}
