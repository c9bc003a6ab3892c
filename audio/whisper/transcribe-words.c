/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "audio/whisper/transcribe-align.h"
#include "audio/whisper/transcribe-private.h"

#include <math.h>
#include <string.h>

#define STATES_PER_SECOND 50
#define MAX_MEDIAN_DURATION_S 0.7

static const char *const prepended = "\"'“¿([{-";
static const char *const appended = "\"'.。,，!！?？:：”)]}、";
static const char *const sentence_ends = ".。!！?？";
static const char *const unspaced[] = { "zh", "ja", "th", "lo", "my", "yue" };

typedef struct {
  GString *text;
  int n_tokens;
  double start, end;
  double log_probability; /* sum over the tokens */
  int n_own_tokens;       /* before punctuation was added */
} Draft;

static void
clear_draft (gpointer data)
{
  Draft *draft = data;

  g_string_free (draft->text, TRUE);
}

static gboolean
is_one_of (const GString *text, const char *marks)
{
  g_autofree char *bare = g_strstrip (g_strdup (text->str));

  return bare[0] != '\0' && strstr (marks, bare) != NULL;
}

static gboolean
is_ascii_punctuation (const GString *text)
{
  g_autofree char *bare = g_strstrip (g_strdup (text->str));

  return bare[0] != '\0' && bare[1] == '\0' && g_ascii_ispunct (bare[0]);
}

static Draft *
last_draft (GArray *drafts)
{
  return drafts->len > 0 ? &g_array_index (drafts, Draft, drafts->len - 1) : NULL;
}

/* Tokens to words: first to runs that are whole characters, then, where the language writes spaces,
 * a word to each space and each mark. */
static GArray *
split_words (const AudioWhisperVocab *vocab, const int *tokens, int n_tokens, gboolean has_spaces)
{
  GArray *drafts = g_array_new (FALSE, FALSE, sizeof (Draft));
  g_autoptr (GString) run = g_string_new (NULL);
  int n_run = 0;

  g_array_set_clear_func (drafts, clear_draft);
  for (int i = 0; i < n_tokens; i++) {
    Draft *last = last_draft (drafts);

    audio_whisper_vocab_append (vocab, tokens[i], run);
    n_run++;
    if (!g_utf8_validate (run->str, (gssize) run->len, NULL) && run->len < 8 && i + 1 < n_tokens)
      continue;
    if (last == NULL || !has_spaces || run->str[0] == ' ' || is_ascii_punctuation (run)) {
      Draft draft = { .text = g_string_new (NULL) };

      g_array_append_val (drafts, draft);
      last = last_draft (drafts);
    }
    g_string_append_len (last->text, run->str, (gssize) run->len);
    last->n_tokens += n_run;
    g_string_truncate (run, 0);
    n_run = 0;
  }
  return drafts;
}

static void
absorb (Draft *to, Draft *from, gboolean in_front)
{
  if (in_front)
    g_string_prepend (to->text, from->text->str);
  else
    g_string_append (to->text, from->text->str);
  to->n_tokens += from->n_tokens;
  g_string_truncate (from->text, 0);
  from->n_tokens = 0;
}

/* An opening mark belongs to the next word, a closing one to the word before; times stay. */
static void
merge_punctuation (GArray *drafts)
{
  for (int i = (int) drafts->len - 2, j = (int) drafts->len - 1; i >= 0; i--) {
    Draft *mark = &g_array_index (drafts, Draft, i);
    Draft *word = &g_array_index (drafts, Draft, j);

    if (mark->text->str[0] == ' ' && is_one_of (mark->text, prepended))
      absorb (word, mark, TRUE);
    else
      j = i;
  }
  for (guint i = 0, j = 1; j < drafts->len; j++) {
    Draft *word = &g_array_index (drafts, Draft, i);
    Draft *mark = &g_array_index (drafts, Draft, j);

    if (mark->n_tokens > 0 && word->n_tokens > 0 && !g_str_has_suffix (word->text->str, " ")
        && is_one_of (mark->text, appended) && mark->text->str[0] != ' ')
      absorb (word, mark, FALSE);
    else if (mark->n_tokens > 0)
      i = j;
  }
}

static int
compare_doubles (const void *a, const void *b)
{
  const double x = *(const double *) a;
  const double y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
median_duration (const GArray *drafts)
{
  g_autofree double *durations = g_new (double, drafts->len + 1);
  guint n = 0;
  double median;

  for (guint i = 0; i < drafts->len; i++) {
    const Draft *draft = &g_array_index (drafts, Draft, i);

    if (draft->end > draft->start)
      durations[n++] = draft->end - draft->start;
  }
  if (n == 0)
    return 0.0;
  qsort (durations, n, sizeof *durations, compare_doubles);
  median = (durations[(n - 1) / 2] + durations[n / 2]) / 2.0;
  return MIN (median, MAX_MEDIAN_DURATION_S);
}

/* Attention rests on a mark, or on the word after it, throughout a pause: such words are shortened
 * to twice the median. */
static void
shorten_at_sentence_ends (GArray *drafts, double longest)
{
  for (guint i = 1; i < drafts->len; i++) {
    Draft *draft = &g_array_index (drafts, Draft, i);
    const Draft *before = &g_array_index (drafts, Draft, i - 1);

    if (draft->end - draft->start <= longest)
      continue;
    if (is_one_of (draft->text, sentence_ends))
      draft->end = draft->start + longest;
    else if (is_one_of (before->text, sentence_ends))
      draft->start = draft->end - longest;
  }
}

static void
time_drafts (GArray *drafts, const int *jumps, const float *probabilities, double window_s)
{
  int token = 0;

  for (guint i = 0; i < drafts->len; i++) {
    Draft *draft = &g_array_index (drafts, Draft, i);

    draft->start = MIN ((double) jumps[token] / STATES_PER_SECOND, window_s);
    draft->end = MIN ((double) jumps[token + draft->n_tokens] / STATES_PER_SECOND, window_s);
    draft->n_own_tokens = draft->n_tokens;
    for (int k = 0; k < draft->n_tokens; k++)
      draft->log_probability += log (MAX ((double) probabilities[token + k], 1e-10));
    token += draft->n_tokens;
  }
}

/* The rules of the reference: the first words after a pause are not longer than twice the median,
 * and where a segment's own times and its words' disagree by much, the segment's are right. */
static void
settle_edges (AudioSegment *segment, double median, double last_end)
{
  const double longest = 2.0 * median;
  AudioWord *first = &segment->words[0];
  AudioWord *last = &segment->words[segment->n_words - 1];
  AudioWord *second = segment->n_words > 1 ? &segment->words[1] : NULL;

  if (first->end - last_end > median * 4.0
      && (first->end - first->start > longest
          || (second != NULL && second->end - first->start > 2.0 * longest))) {
    if (second != NULL && second->end - second->start > longest) {
      const double boundary = MAX (second->end / 2.0, second->end - longest);

      first->end = boundary;
      second->start = boundary;
    }
    first->start = MAX (0.0, first->end - longest);
  }

  if (segment->start < first->end && segment->start - 0.5 > first->start)
    first->start = MAX (0.0, MIN (first->end - median, segment->start));
  else
    segment->start = first->start;
  if (segment->end > last->start && segment->end + 0.5 < last->end)
    last->end = MAX (last->start + median, segment->end);
  else
    segment->end = last->end;
}

/* Hands the words out to the segments by the tokens that each has. */
static void
distribute (const AudioWhisperVocab *vocab, GArray *drafts, const AudioDecoding *decoding,
            const AudioPiece *pieces, int n_pieces, double median, AudioSegment **segments)
{
  guint next = 0;
  double last_end = 0.0;

  for (int p = 0; p < n_pieces; p++) {
    AudioSegment *segment = segments[p];
    int n_text = 0;
    int n_given = 0;

    for (int i = 0; i < pieces[p].n_tokens; i++)
      n_text += decoding->tokens[pieces[p].first + i] < vocab->eot;
    segment->words = g_new0 (AudioWord, n_text);
    while (next < drafts->len && n_given < n_text) {
      Draft *draft = &g_array_index (drafts, Draft, next++);

      n_given += draft->n_tokens;
      if (draft->text->len == 0)
        continue;
      segment->words[segment->n_words++] =
          (AudioWord){ .start = draft->start,
                       .end = draft->end,
                       .text = g_utf8_make_valid (draft->text->str, (gssize) draft->text->len),
                       .probability =
                           (float) exp (draft->log_probability / MAX (draft->n_own_tokens, 1)) };
    }
    if (segment->n_words > 0) {
      settle_edges (segment, median, last_end);
      last_end = segment->end;
    }
  }
}

gboolean
audio_words_add (AudioWhisper *whisper, AudioWhisperState *state, const AudioWhisperVocab *vocab,
                 const AudioDecoding *decoding, const AudioPiece *pieces, int n_pieces,
                 int language, gboolean translate, double window_s, AudioSegment **segments)
{
  const int n_heads = audio_whisper_get_n_alignment_heads (whisper);
  const int n_head = 4; /* start, language, task, no timestamps */
  const int n_frames = CLAMP ((int) ceil (window_s * STATES_PER_SECOND), 1,
                              audio_whisper_get_config (whisper)->n_audio_ctx);
  const char *code = translate ? "en" : vocab->languages[language - vocab->first_language];
  g_autofree int *tokens = g_new (int, decoding->n_tokens + n_head + 1);
  g_autofree float *attention = NULL;
  g_autofree float *matrix = NULL;
  g_autofree float *probabilities = NULL;
  g_autofree int *jumps = NULL;
  g_autoptr (GArray) drafts = NULL;
  gboolean has_spaces = TRUE;
  double median;
  int n = 0, n_text;

  tokens[n++] = vocab->sot;
  tokens[n++] = language;
  tokens[n++] = translate ? vocab->translate : vocab->transcribe;
  tokens[n++] = vocab->no_timestamps;
  for (int p = 0; p < n_pieces; p++)
    for (int i = 0; i < pieces[p].n_tokens; i++)
      if (decoding->tokens[pieces[p].first + i] < vocab->eot)
        tokens[n++] = decoding->tokens[pieces[p].first + i];
  n_text = n - n_head;
  tokens[n++] = vocab->eot;
  if (n_text == 0 || n_heads == 0)
    return TRUE;

  attention = g_new (float, (size_t) n_heads *(size_t) n *(size_t) n_frames);
  matrix = g_new (float, (size_t) n *(size_t) n_frames);
  probabilities = g_new (float, n);
  jumps = g_new (int, n);
  if (!audio_whisper_align (whisper, state, tokens, n, vocab->eot, n_frames, attention,
                            probabilities))
    return FALSE;
  audio_align_average (attention, n_heads, n, n_frames, matrix);
  /* The row of a token shows where its successor is heard: from the last mark before the text to
   * the last token of the text. */
  audio_align_path (matrix + (size_t) (n_head - 1) * (size_t) n_frames, n_text + 1, n_frames,
                    jumps);

  for (gsize i = 0; i < G_N_ELEMENTS (unspaced); i++)
    has_spaces = has_spaces && strcmp (code, unspaced[i]) != 0;
  drafts = split_words (vocab, tokens + n_head, n_text, has_spaces);
  time_drafts (drafts, jumps, probabilities + n_head, window_s);
  median = median_duration (drafts);
  shorten_at_sentence_ends (drafts, 2.0 * median);
  merge_punctuation (drafts);
  distribute (vocab, drafts, decoding, pieces, n_pieces, median, segments);
  return TRUE;
}
