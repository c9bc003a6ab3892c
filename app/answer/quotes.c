/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/answer/quotes.h"

#include <string.h>

#include "app/answer/facts.h"
#include "app/engine/audio-vocab.h"

#define MIN_LETTERS 3
#define MAX_LETTERS 400
#define MAX_QUOTES 4
/* Of its letters that may be wrong. */
#define WRONG_PART 0.34

/* What opens a quotation, and what closes it. */
static const gunichar marks[][2] = {
  { 0x201C, 0x201D }, /* “ ” */
  { 0x201E, 0x201C }, /* „ “ */
  { 0x300C, 0x300D }, /* 「 」 */
  { 0x300E, 0x300F }, /* 『 』 */
  { 0x00AB, 0x00BB }, /* « » */
  { 0x2018, 0x2019 }, /* ‘ ’ */
  { '"', '"' },
};

/* The letters of all lines, and where each comes from. */
typedef struct {
  GArray *letters; /* of gunichar */
  GArray *lines;   /* of guint, the line of each */
  GArray *starts;  /* of double, seconds */
} Letters;

static void
quote_free (AppQuote *quote)
{
  g_free (quote->text);
  g_free (quote);
}

static gunichar
get_closing_mark (gunichar c)
{
  for (gsize i = 0; i < G_N_ELEMENTS (marks); i++)
    if (c == marks[i][0])
      return marks[i][1];
  return 0;
}

static void
add_letters (GArray *letters, const char *text)
{
  g_autofree char *folded = g_utf8_casefold (text, -1);

  for (const char *p = folded; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);

    if (g_unichar_isalnum (c))
      g_array_append_val (letters, c);
  }
}

/* The letters of one text, which is said from start to end. */
static void
add_spoken (Letters *all, const char *text, guint line, double start, double end)
{
  guint first = all->letters->len, n;

  add_letters (all->letters, text);
  n = all->letters->len - first;
  for (guint i = 0; i < n; i++) {
    double time = start + (end - start) * i / n;

    g_array_append_val (all->lines, line);
    g_array_append_val (all->starts, time);
  }
}

static Letters
collect_letters (const AppConversation *conversation)
{
  guint n_lines = app_conversation_get_n_lines (conversation);
  Letters all = { g_array_new (FALSE, FALSE, sizeof (gunichar)),
                  g_array_new (FALSE, FALSE, sizeof (guint)),
                  g_array_new (FALSE, FALSE, sizeof (double)) };

  for (guint n = 1; n <= n_lines; n++) {
    const AppHearingSegment *line = app_conversation_get_line (conversation, n, NULL);

    for (int w = 0; w < line->n_words; w++)
      add_spoken (&all, line->words[w].text, n, line->words[w].start, line->words[w].end);
    if (line->n_words == 0)
      add_spoken (&all, line->text, n, line->start, line->end);
  }
  return all;
}

static void
free_letters (Letters *all)
{
  g_array_unref (all->letters);
  g_array_unref (all->lines);
  g_array_unref (all->starts);
}

/* The least edit distance of `wanted` to any substring, and the first and the last letter
 * of the first of those. */
static guint
find_nearest (const GArray *letters, const GArray *wanted, guint *position, guint *last)
{
  guint n = wanted->len, best = n;
  /* Of the first i letters wanted, to a substring that ends here: its distance, and its start. */
  g_autofree guint *distances = g_new (guint, n + 1);
  g_autofree guint *starts = g_new0 (guint, n + 1);

  for (guint i = 0; i <= n; i++)
    distances[i] = i;
  for (guint j = 0; j < letters->len; j++) {
    guint diagonal = 0, diagonal_start = j;

    distances[0] = 0;
    starts[0] = j + 1;
    for (guint i = 1; i <= n; i++) {
      guint changed =
          diagonal
          + (g_array_index (letters, gunichar, j) != g_array_index (wanted, gunichar, i - 1));
      guint inserted = distances[i] + 1, left_out = distances[i - 1] + 1;
      guint changed_start = diagonal_start;

      diagonal = distances[i];
      diagonal_start = starts[i];
      distances[i] = MIN (changed, MIN (inserted, left_out));
      starts[i] = distances[i] == changed    ? changed_start
                  : distances[i] == inserted ? diagonal_start
                                             : starts[i - 1];
    }
    if (distances[n] < best) {
      best = distances[n];
      *position = starts[n];
      *last = j;
    }
  }
  return best;
}

/* (transfer full): NULL if the text is no quotation. */
static AppQuote *
locate (const Letters *all, const char *text)
{
  g_autoptr (GArray) wanted = g_array_new (FALSE, FALSE, sizeof (gunichar));
  guint last = 0;
  AppQuote *quote;

  add_letters (wanted, text);
  if (wanted->len < MIN_LETTERS || wanted->len > MAX_LETTERS)
    return NULL;
  quote = g_new0 (AppQuote, 1);
  quote->text = g_strdup (text);
  if (find_nearest (all->letters, wanted, &quote->position, &last) <= WRONG_PART * wanted->len
      && quote->position < all->letters->len) {
    quote->line = g_array_index (all->lines, guint, quote->position);
    quote->last = g_array_index (all->lines, guint, last);
    quote->start = g_array_index (all->starts, double, quote->position);
  }
  return quote;
}

GPtrArray *
app_quotes_find (const AppConversation *conversation, const char *question)
{
  GPtrArray *quotes = g_ptr_array_new_with_free_func ((GDestroyNotify) quote_free);
  Letters all = collect_letters (conversation);

  for (const char *p = question; *p != '\0' && quotes->len < MAX_QUOTES;) {
    gunichar closing = get_closing_mark (g_utf8_get_char (p));
    const char *begin = g_utf8_next_char (p);
    const char *end = closing != 0 ? g_utf8_strchr (begin, -1, closing) : NULL;
    g_autofree char *text = end != NULL ? g_strndup (begin, (gsize) (end - begin)) : NULL;
    AppQuote *quote = text != NULL ? locate (&all, text) : NULL;

    if (quote != NULL)
      g_ptr_array_add (quotes, quote);
    p = end != NULL ? g_utf8_next_char (end) : begin;
  }
  free_letters (&all);
  return quotes;
}

/* NULL if it is not known. */
static char *
name_speaker (const AppConversation *conversation, guint number)
{
  g_autoptr (GPtrArray) hearings = app_conversation_get_hearings (conversation);
  g_autoptr (AppVoices) voices = app_voices_new ((AppHearing **) hearings->pdata, hearings->len);
  AppHearing *hearing;
  const AppHearingSegment *line = app_conversation_get_line (conversation, number, &hearing);
  const char *gender;
  guint index = 0;
  int voice;

  g_ptr_array_find (hearings, hearing, &index);
  voice = app_voices_get_index (voices, index, line->speaker);
  if (voice < 0)
    return NULL;
  gender = app_facts_get_gender (hearing, line->speaker);
  return g_strdup_printf (gender != NULL ? "Speaker %c, %s" : "Speaker %c", 'A' + voice, gender);
}

static void
tell_quote (const AppQuote *quote, const AppConversation *conversation, GString *facts)
{
  g_autofree char *time = app_audio_vocab_format_time (quote->start);
  g_autofree char *speaker = name_speaker (conversation, quote->line);

  g_string_append_printf (facts, "\"%s\" is said at %s%s%s. ", quote->text, time,
                          speaker != NULL ? " by " : "", speaker != NULL ? speaker : "");
}

char *
app_quotes_tell_neighbour (GPtrArray *quotes, const AppConversation *conversation, gboolean after)
{
  const AppQuote *found = NULL;
  AppHearing *hearing = NULL, *near = NULL;
  const AppHearingSegment *line;

  for (guint i = 0; i < quotes->len; i++) {
    const AppQuote *quote = g_ptr_array_index (quotes, i);

    if (quote->line > 0 && found != NULL)
      return NULL;
    if (quote->line > 0)
      found = quote;
  }
  if (found == NULL)
    return NULL;
  app_conversation_get_line (conversation, found->line, &hearing);
  line = app_conversation_get_line (conversation, after ? found->last + 1 : found->line - 1, &near);
  if (line == NULL || near != hearing)
    return NULL;
  return g_strdup_printf ("Right %s \"%s\", these words are said: \"%s\" ",
                          after ? "after" : "before", found->text, line->text);
}

char *
app_quotes_tell (GPtrArray *quotes, const AppConversation *conversation, gboolean with_next)
{
  GString *facts = g_string_new (NULL);
  g_autofree char *next = with_next ? app_quotes_tell_neighbour (quotes, conversation, TRUE) : NULL;
  const AppQuote *first = NULL;
  guint n_found = 0;

  for (guint i = 0; i < quotes->len; i++)
    n_found += ((const AppQuote *) g_ptr_array_index (quotes, i))->line > 0;
  for (guint i = 0; i < quotes->len; i++) {
    const AppQuote *quote = g_ptr_array_index (quotes, i);

    if (quote->line == 0)
      continue;
    tell_quote (quote, conversation, facts);
    if (first == NULL || quote->position < first->position)
      first = quote;
  }
  if (n_found > 1)
    g_string_append_printf (facts, "\"%s\" is said first. ", first->text);
  if (next != NULL)
    g_string_append (facts, next);
  return g_string_free (facts, FALSE);
}

char *
app_quotes_tell_line (const AppConversation *conversation, guint line, gboolean with_order)
{
  guint n_lines = app_conversation_get_n_lines (conversation);
  g_autofree char *first = name_speaker (conversation, 1);
  g_autofree char *last = name_speaker (conversation, n_lines);
  GString *facts = g_string_new (NULL);

  if (line > 0) {
    const AppHearingSegment *segment = app_conversation_get_line (conversation, line, NULL);
    const AppQuote quote = {
      .text = segment->text, .line = line, .last = line, .start = segment->start
    };

    tell_quote (&quote, conversation, facts);
  }
  if (with_order && first != NULL && last != NULL)
    g_string_append_printf (facts, "First speaks: %s. Last speaks: %s. ", first, last);
  return g_string_free (facts, FALSE);
}

guint
app_quotes_get_line (GPtrArray *quotes)
{
  for (guint i = 0; i < quotes->len; i++) {
    const AppQuote *quote = g_ptr_array_index (quotes, i);

    if (quote->line > 0)
      return quote->line;
  }
  return 0;
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  guint x = *(const guint *) a, y = *(const guint *) b;

  return x < y ? -1 : x > y;
}

void
app_quotes_add_lines (GPtrArray *quotes, GArray *lines)
{
  for (guint i = 0; i < quotes->len; i++) {
    guint line = ((const AppQuote *) g_ptr_array_index (quotes, i))->line;
    gboolean is_new = line > 0;

    for (guint k = 0; k < lines->len && is_new; k++)
      is_new = g_array_index (lines, guint, k) != line;
    if (is_new)
      g_array_append_val (lines, line);
  }
  g_array_sort (lines, compare_lines);
}
