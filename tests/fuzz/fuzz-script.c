/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What people and models write that is to be spoken: the first byte says whether it is read as a
 * script, plain or in Markdown, as the paragraphs of an editor, or as an answer that comes in
 * pieces. */

#include <string.h>

#include "app/speech/paragraphs.h"
#include "app/speech/script.h"
#include "app/speech/spoken-text.h"
#include "tests/fuzz/fuzz-target.h"

static void
check_script (const char *text, size_t size, gboolean is_markdown)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppScript) script = app_script_parse (text, size, is_markdown, &error);

  g_assert_true ((script == NULL) == (error != NULL));
  if (script == NULL) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
    return;
  }
  for (guint i = 0; i < script->parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (script->parts, i);

    g_assert_true ((part->text == NULL) == (part->kind == APP_SCRIPT_PAUSE));
    g_assert_true (part->text == NULL || g_utf8_validate (part->text, -1, NULL));
  }
  g_autofree char *all = app_script_get_text (script);
  g_assert_true (g_utf8_validate (all, -1, NULL));
}

/* Each paragraph's words are found in it. */
static void
check_paragraphs (const char *text)
{
  g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (text);
  g_autofree char *joined = app_paragraphs_join (paragraphs);

  g_assert_true (g_utf8_validate (joined, -1, NULL));
  for (guint i = 0; i < paragraphs->len; i++) {
    const AppParagraph *paragraph = g_ptr_array_index (paragraphs, i);
    g_autoptr (AppLetters) letters = app_letters_new (paragraph->text);
    gsize from = 0, begin, end;

    if (app_letters_find (letters, paragraph->text, &from, &begin, &end))
      g_assert_true (begin <= end && end <= strlen (paragraph->text));
  }
}

static void
check_answer (const char *text, size_t size)
{
  g_autoptr (AppSpokenText) spoken = app_spoken_text_new ();
  g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);

  for (const char *p = text; p < text + size;) {
    const char *next = g_utf8_next_char (p);
    g_autofree char *piece = NULL;

    while (next < text + size && *next != ' ')
      next = g_utf8_next_char (next);
    piece = g_strndup (p, (gsize) (next - p));
    app_spoken_text_add (spoken, piece, sentences);
    p = next;
  }
  app_spoken_text_finish (spoken, sentences);
  for (guint i = 0; i < sentences->len; i++)
    g_assert_true (g_utf8_validate (g_ptr_array_index (sentences, i), -1, NULL));
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree char *bytes = NULL;
  g_autofree char *text = NULL;

  if (size == 0)
    return 0;
  bytes = g_strndup ((const char *) data + 1, size - 1);
  text = g_utf8_make_valid (bytes, -1);
  switch (data[0] % 4) {
  case 0:
  case 1:
    check_script ((const char *) data + 1, size - 1, data[0] % 4 == 1);
    break;
  case 2:
    check_paragraphs (text);
    break;
  default:
    check_answer (text, strlen (text));
  }
  return 0;
}
