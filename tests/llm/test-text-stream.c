/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <string.h>

#include "llm/session/repetition.h"
#include "llm/text/text-stream.h"

static void
push (LlmTextStream *stream, const char *bytes)
{
  llm_text_stream_push (stream, bytes, strlen (bytes));
}

static void
test_characters (void)
{
  g_autoptr (LlmTextStream) stream = llm_text_stream_new (NULL, 16);

  push (stream, "a\xe8\x81");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "a");
  push (stream, "\xbd"
                "b");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "聽b");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "");
  push (stream, "\xf0\x9f");
  push (stream, "\x98");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "");
  push (stream, "\x80");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "😀");
}

static void
test_invalid (void)
{
  g_autofree char *text = NULL;
  LlmTextStream *stream = llm_text_stream_new (NULL, 16);

  push (stream, "a\xff\xc0\x80"
                "b");
  llm_text_stream_push (stream, "\0c", 2);
  push (stream, "\xe8\x81");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "a\ufffd\ufffd\ufffdb\ufffdc");
  llm_text_stream_end (stream);
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "\ufffd");
  text = llm_text_stream_free_to_text (stream);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  g_assert_cmpstr (text, ==, "a\ufffd\ufffd\ufffdb\ufffdc\ufffd");
}

/* A character that a NUL breaks off is not waited for. */
static void
test_broken_off (void)
{
  g_autoptr (LlmTextStream) stream = llm_text_stream_new (NULL, 16);

  push (stream, "\xc5");
  llm_text_stream_push (stream, "\0", 1);
  push (stream, "#\xed\xbd\xa9\xda and on");
  g_assert_cmpstr (llm_text_stream_take (stream), ==,
                   "\ufffd\ufffd#\ufffd\ufffd\ufffd\ufffd and on");
}

static void
test_stops (void)
{
  static const char *const stops[] = { "\n\n", "END", "", NULL };
  g_autofree char *text = NULL;
  LlmTextStream *stream = llm_text_stream_new (stops, 16);

  push (stream, "one\n");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "one");
  push (stream, "two E");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "\ntwo ");
  push (stream, "N");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "");
  push (stream, "ENDless\n\n");
  g_assert_true (llm_text_stream_is_stopped (stream));
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "EN");
  push (stream, "more");
  llm_text_stream_end (stream);
  text = llm_text_stream_free_to_text (stream);
  g_assert_cmpstr (text, ==, "one\ntwo EN");
}

static void
test_held_back_at_end (void)
{
  static const char *const stops[] = { "STOP", NULL };
  g_autofree char *text = NULL;
  LlmTextStream *stream = llm_text_stream_new (stops, 16);

  push (stream, "do not STO");
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "do not ");
  llm_text_stream_end (stream);
  g_assert_cmpstr (llm_text_stream_take (stream), ==, "STO");
  g_assert_false (llm_text_stream_is_stopped (stream));
  text = llm_text_stream_free_to_text (stream);
  g_assert_cmpstr (text, ==, "do not STO");
}

/* However the bytes are cut, the pieces add up to the same text. */
static void
test_any_cut (void)
{
  static const char *const stops[] = { "五六", "\n# ", NULL };
  const char *bytes = "一\n二\n#三\xe5 é五四😀\n五五六七";
  const char *expected = "一\n二\n#三\ufffd é五四😀\n五";
  const size_t n = strlen (bytes);

  for (int round = 0; round < 200; round++) {
    g_autoptr (GString) shown = g_string_new (NULL);
    g_autofree char *text = NULL;
    LlmTextStream *stream = llm_text_stream_new (stops, 4);

    for (size_t at = 0; at < n;) {
      size_t cut = (size_t) g_test_rand_int_range (1, 9);
      size_t length = MIN (n - at, cut);

      llm_text_stream_push (stream, bytes + at, length);
      g_string_append (shown, llm_text_stream_take (stream));
      g_assert_true (g_utf8_validate (shown->str, -1, NULL));
      at += length;
    }
    llm_text_stream_end (stream);
    g_string_append (shown, llm_text_stream_take (stream));
    text = llm_text_stream_free_to_text (stream);
    g_assert_cmpstr (text, ==, expected);
    g_assert_cmpstr (shown->str, ==, expected);
  }
}

/* Tokens until a loop is seen, 0 if none is, for a sequence that repeats `period` tokens. */
static int
tokens_until_loop (int period, int n_tokens)
{
  LlmRepetition repetition = { 0 };

  for (int i = 0; i < n_tokens; i++)
    if (llm_repetition_push (&repetition, 1000 + i % period))
      return i + 1;
  return 0;
}

static void
test_repetition (void)
{
  LlmRepetition repetition = { 0 };

  g_assert_cmpint (tokens_until_loop (1, 200), ==, 49);
  g_assert_cmpint (tokens_until_loop (10, 200), ==, 58);
  g_assert_cmpint (tokens_until_loop (64, 400), ==, 320);
  g_assert_cmpint (tokens_until_loop (65, 2000), ==, 0);
  g_assert_cmpint (tokens_until_loop (40, 150), ==, 0);
  /* The same sentence with another number each time is no loop. */
  for (int i = 0; i < 2000; i++)
    g_assert_false (llm_repetition_push (&repetition, i % 8 == 0 ? 5000 + i : i % 8));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/text-stream/characters", test_characters);
  g_test_add_func ("/llm/text-stream/invalid", test_invalid);
  g_test_add_func ("/llm/text-stream/broken-off", test_broken_off);
  g_test_add_func ("/llm/text-stream/stops", test_stops);
  g_test_add_func ("/llm/text-stream/held-back-at-end", test_held_back_at_end);
  g_test_add_func ("/llm/text-stream/any-cut", test_any_cut);
  g_test_add_func ("/llm/repetition", test_repetition);
  return g_test_run ();
}
