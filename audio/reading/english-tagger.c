/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which of its sounds a word has, by the words around it: rules for the few hundred words of the
 * lexicon that have several, no tagger for the language. */

#include <string.h>

#include "audio/reading/english-private.h"

enum { CLAUSE = 12 }; /* words before and after that tell of a time */

/* Classes of words, each between spaces. */
static const char determiners[] =
    " the a an my your his her its our their this these those no every "
    "each some any another which whose many more most new old good bad "
    "first last big small great high low long short fresh free public "
    "human next same own other two three four five six seven eight "
    "nine ten several few daily local national main whole entire ";
static const char prepositions[] =
    " of in on at by for with from into onto about over under after before between without "
    "through during against near within among upon like as than despite until since across ";
static const char modals[] =
    " to will would can could shall should may might must do does did don't "
    "doesn't didn't let's please cannot won't can't wouldn't couldn't "
    "shouldn't mustn't i'll you'll he'll she'll it'll we'll they'll i'd "
    "you'd he'd she'd we'd they'd ";
static const char subjects[] = " i you we they who people ";
static const char single_subjects[] = " he she it ";
static const char haves[] = " have has had having i've you've we've they've who've haven't hasn't "
                            "hadn't ";
static const char bes[] =
    " is are was were be been being am i'm you're we're they're he's she's it's "
    "isn't aren't wasn't weren't get gets got ";
static const char adverbs[] =
    " never always often usually really also just still already only ever "
    "soon not now then even both all quickly slowly carefully simply "
    "rarely sometimes recently actually probably certainly finally ";
static const char objects[] = " the a an my your his her its our their this that these those it me "
                              "them him us all you everything something anything nothing yourself ";
static const char causatives[] =
    " let lets make makes made help helps helped see saw watch watched "
    "hear heard ";
static const char past_signs[] = " yesterday ago once was were had when last then earlier ";
static const char to_nouns[] = " due according thanks addition access respect contrast back close "
                               "next prior subject ";

/* Words of which a neighbour alone decides; `sound` where the lexicon has none of it. */
static const struct {
  const char *word, *before, *after, *part, *sound;
} neighbours[] = {
  { "lead", " of liquid molten contains containing ",
    " pipe pipes paint poisoning pencil pencils acid bullet bullets ore weight weights ", NULL,
    "lˈɛd" },
  { "minute", "",
    " details detail amount amounts quantities quantity particles differences traces changes ",
    "ADJ", NULL },
  { "bass", " play plays played playing double electric ",
    " guitar player line lines drum clef note notes voice solo singer ", "ADJ", NULL },
  { "row", " angry blazing ", "", NULL, "ɹˈW" },
  { "bow", " ship's ", " deeply ", "VERB", NULL },
  { "sow", " fat ", "", "NOUN", NULL },
};

/* A word and what is around it; NULL past a mark or an end of the text. Adverbs before it do not
 * count: I never read. */
typedef struct {
  const char *word;
  const char *before, *before_that;
  const char *next, *after; /* `before` and `after` as they stand */
  gboolean is_past;
} Context;

static gboolean
is_in (const char *word, const char *list)
{
  if (word == NULL)
    return FALSE;
  g_autofree char *lower = g_ascii_strdown (word, -1);
  g_autofree char *key = g_strconcat (" ", lower, " ", NULL);
  return strstr (list, key) != NULL;
}

static const char *
get_word (const GPtrArray *tokens, gint64 at)
{
  if (at < 0 || at >= tokens->len)
    return NULL;
  const EnglishToken *token = g_ptr_array_index (tokens, (guint) at);
  return token->kind == TOKEN_WORD ? token->text : NULL;
}

/* Whether the clause around a word tells of the past. */
static gboolean
is_past (const GPtrArray *tokens, guint at)
{
  const EnglishToken *token;

  for (guint i = at > CLAUSE ? at - CLAUSE : 0; i < MIN (tokens->len, at + CLAUSE); i++) {
    token = g_ptr_array_index (tokens, i);
    if (i != at && token->kind == TOKEN_WORD
        && (is_in (token->text, past_signs)
            || (strlen (token->text) > 4 && g_str_has_suffix (token->text, "ed"))))
      return TRUE;
  }
  return FALSE;
}

static Context
get_context (const GPtrArray *tokens, guint at)
{
  gint64 before = (gint64) at - 1;

  while (is_in (get_word (tokens, before), adverbs))
    before--;
  return (Context){ .word = get_word (tokens, at),
                    .before = get_word (tokens, before),
                    .before_that = get_word (tokens, before - 1),
                    .next = get_word (tokens, (gint64) at + 1),
                    .is_past = is_past (tokens, at) };
}

/* Whether what follows is what a noun is followed by, so that the word is no attribute of it. */
static gboolean
ends_phrase (const char *next)
{
  return next == NULL || is_in (next, prepositions) || is_in (next, modals) || is_in (next, bes)
         || is_in (next, haves) || is_in (next, subjects) || is_in (next, single_subjects)
         || is_in (next, " and or but that because if so who which ") || is_in (next, objects)
         || g_str_has_suffix (next, "ed") || is_in (next, adverbs);
}

static void
add (const char *parts[ENGLISH_MAX_PARTS], const char *part)
{
  guint n = 0;

  while (parts[n] != NULL)
    n++;
  g_assert (n + 1 < ENGLISH_MAX_PARTS);
  parts[n] = part;
}

/* After a determiner or a preposition. */
static void
add_nominal (const Context *context, const char **parts)
{
  if (ends_phrase (context->next)) {
    add (parts, "NOUN");
    return;
  }
  /* These are adjectives by themselves, where no part of speech is asked for. */
  if (is_in (context->word, " close invalid upset closer "))
    return;
  if (!is_in (context->word, " minute read bass "))
    add (parts, "ADJ");
  add (parts, "NOUN");
}

/* used to: was in the habit, or is accustomed; but not what is used to make something. */
static void
add_used (const Context *context, const char **parts)
{
  const gboolean is_state = is_in (context->before, bes);

  if (is_in (context->next, " to ")
      && (!is_state || is_in (context->after, objects) || is_in (context->after, subjects)
          || (context->after != NULL && g_str_has_suffix (context->after, "ing"))))
    add (parts, "VBD");
}

static gboolean
is_plural (const char *word)
{
  return word != NULL && g_str_has_suffix (word, "s") && !g_str_has_suffix (word, "ss")
         && !g_str_has_suffix (word, "'s");
}

static void
add_verb (const Context *context, const char **parts)
{
  if (context->is_past)
    add (parts, "VBD");
  add (parts, "VERB");
}

/* After a word of no class: a noun, a name, a verb. */
static void
add_after_other (const Context *context, const char **parts)
{
  const gboolean is_third = is_plural (context->word);

  if (is_in (context->next, objects))
    add_verb (context, parts);
  else if (context->before != NULL && is_plural (context->before) != is_third
           && (is_in (context->next, prepositions) || is_in (context->next, modals)
               || context->next == NULL || is_in (context->next, adverbs)))
    add_verb (context, parts);
  else if (is_plural (context->before) && !is_third && is_in (context->next, determiners))
    add_verb (context, parts);
  else if (is_in (context->before_that, determiners) && !is_plural (context->before)
           && ends_phrase (context->next))
    add (parts, "NOUN");
  else if (context->before == NULL && ends_phrase (context->next)
           && !is_in (context->next, prepositions))
    add (parts, "NOUN");
  else if (is_in (context->before, " watch watched hear heard see saw "))
    add (parts, "NOUN");
}

static void
add_after_subject (const Context *context, const char **parts)
{
  if (is_in (context->before_that, haves))
    add (parts, "VBN");
  else if (is_in (context->before_that, modals))
    add (parts, "VERB");
  else if (is_in (context->before_that, bes))
    return;
  /* He reads, he read: the form without -s is of the past. */
  else if (is_in (context->before, single_subjects) && !is_plural (context->word)) {
    add (parts, "VBD");
    add (parts, "VERB");
  } else
    add_verb (context, parts);
}

static gboolean
is_relative (const Context *context)
{
  return is_in (context->before, " that ") && context->before_that != NULL
         && !is_in (context->before_that,
                    " said know knew think is was so believe believes all in of "
                    "at on for with by from use used read like ");
}

void
english_find_parts (const GPtrArray *tokens, guint at, const char *parts[ENGLISH_MAX_PARTS])
{
  Context context = get_context (tokens, at);
  const char *before = context.before;

  context.after = get_word (tokens, (gint64) at + 2);
  memset (parts, 0, sizeof (const char *) * ENGLISH_MAX_PARTS);
  for (size_t i = 0; i < G_N_ELEMENTS (neighbours); i++)
    if (neighbours[i].part != NULL && g_ascii_strcasecmp (context.word, neighbours[i].word) == 0
        && (is_in (context.next, neighbours[i].after) || is_in (before, neighbours[i].before)))
      add (parts, neighbours[i].part);
  if (is_in (context.word, " used "))
    add_used (&context, parts);
  else if (is_in (context.word, " that ") && (context.next == NULL || is_in (context.next, bes)))
    add (parts, "DT");
  else if (is_in (before, " to ") && is_in (context.before_that, to_nouns))
    add_nominal (&context, parts);
  else if (is_in (before, modals) || is_relative (&context)
           || (is_in (before, objects) && is_in (context.before_that, causatives)
               && !is_in (before, determiners)))
    add (parts, "VERB");
  else if (is_in (before, haves))
    add (parts, "VBN");
  else if (is_in (before, bes)) {
    add (parts, "VBN");
    if (!is_in (context.word, " learned read bass minute "))
      add (parts, "ADJ");
  } else if (is_in (before, subjects) || is_in (before, single_subjects))
    add_after_subject (&context, parts);
  else if (is_in (before, determiners) || is_in (before, prepositions)
           || (before != NULL && g_str_has_suffix (before, "'s")))
    add_nominal (&context, parts);
  else
    add_after_other (&context, parts);
}

const char *
english_find_own_sound (const GPtrArray *tokens, guint at)
{
  const Context context = get_context (tokens, at);

  for (size_t i = 0; i < G_N_ELEMENTS (neighbours); i++)
    if (neighbours[i].sound != NULL && g_ascii_strcasecmp (context.word, neighbours[i].word) == 0
        && (is_in (context.next, neighbours[i].after)
            || (ends_phrase (context.next) && is_in (context.before, neighbours[i].before))))
      return neighbours[i].sound;
  return NULL;
}
