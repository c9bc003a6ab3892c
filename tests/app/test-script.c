/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/speech/paragraphs.h"
#include "app/speech/script.h"

#include <string.h>

#include <glib/gstdio.h>

static AppScript *
parse (const char *text, gboolean is_markdown)
{
  g_autoptr (GError) error = NULL;
  AppScript *script = app_script_parse (text, strlen (text), is_markdown, &error);

  g_assert_no_error (error);
  return script;
}

/* "voice>text|", "#heading|", "_seconds|", "!" where a paragraph ends. */
static void
assert_parts (const char *text, gboolean is_markdown, const char *expected)
{
  g_autoptr (AppScript) script = parse (text, is_markdown);
  g_autoptr (GString) found = g_string_new (NULL);

  for (guint i = 0; i < script->parts->len; i++) {
    const AppScriptPart *part = g_ptr_array_index (script->parts, i);
    if (part->kind == APP_SCRIPT_PAUSE)
      g_string_append_printf (found, "_%g", part->pause_s);
    else
      g_string_append_printf (found, "%s%s%s%s", part->voice != NULL ? part->voice : "",
                              part->voice != NULL ? ">" : "",
                              part->kind == APP_SCRIPT_HEADING ? "#" : "", part->text);
    g_string_append (found, part->ends_paragraph ? "!|" : "|");
  }
  g_assert_cmpstr (found->str, ==, expected);
}

static void
test_plain (void)
{
  assert_parts ("One.\nTwo.\n\n\n  Three *four*\n", FALSE, "One. Two.!|Three *four*!|");
  assert_parts ("", FALSE, "");
  assert_parts (" \n\r\n\t\n", FALSE, "");
  assert_parts ("# no heading", FALSE, "# no heading!|");
  assert_parts ("今天\n天氣好。\nOK", FALSE, "今天天氣好。 OK!|");
  assert_parts ("\357\273\277A\r\nb\r\n\r\nc", FALSE, "A b!|c!|");
}

static void
test_markdown (void)
{
  assert_parts ("# A *talk*\n\nIt is **so**, [see here](https://example.org/x) and `ls`.\n\n"
                "```\ncode\n```\n\n<div>html</div>\n\n![a picture](x.png)\n\n---\n\nEnd &amp; out.",
                TRUE, "#A talk!|It is so, see here and ls.!|_1.5|End & out.!|");
  assert_parts ("- one\n- two\n  - three\n\n1. four!\n", TRUE, "one.!|two!|three.!|four!!|");
  assert_parts ("| a | b |\n|---|---|\n| 1 | 2 |\n", TRUE, "a, b.!|1, 2.!|");
  assert_parts ("> said\n> so\n", TRUE, "said so!|");
  assert_parts ("---\ntitle: x\n---\nText", TRUE, "Text!|");
  assert_parts ("[tomato](/təˈmɑtoʊ/) and 好[:ㄏㄠ3]", TRUE,
                "[tomato](/təˈmɑtoʊ/) and 好[:ㄏㄠ3]!|");
  assert_parts ("So it is,[^1] ~~not~~ here.\n\n[^1]: A note.\n\n- [x] Done\n- [ ] Open\n", TRUE,
                "So it is, here.!|A note.!|Done.!|Open.!|");
  /* What is struck out begins or ends in an address. */
  assert_parts ("One [c](d~~e) f~~ g.\n\n```\ncode\n```\n\nTwo.", TRUE, "One c f g.!|Two.!|");
  assert_parts ("One. ~~a [b](c~~d) e\n\nTwo.", TRUE, "One.!|Two.!|");
  assert_parts ("Title\n=====\n&#65;&#x42;&nosuch;", TRUE, "#Title!|AB!|");
}

static void
test_title (void)
{
  g_autoptr (AppScript) script = parse ("Hm.\n\n## The *first*\n\n# Second\n", TRUE);
  g_autoptr (AppScript) without = parse ("Hm.", TRUE);

  g_assert_cmpstr (script->title, ==, "The first");
  g_assert_null (without->title);
}

static void
test_voices (void)
{
  assert_parts ("@guest = am_michael\n@narrator: Hi.\n@guest: Hello,\nyou.\n\nStill me.\n"
                "@af_bella: And I.\n@narrator:\nBack.",
                TRUE, "Hi.|am_michael>Hello, you.!|am_michael>Still me.|af_bella>And I.|Back.!|");
  assert_parts ("@someone wrote this\n", FALSE, "@someone wrote this!|");
  assert_parts ("@旁白： 你好。", FALSE, "旁白>你好。!|");
  assert_parts ("Mail me @ home: now", FALSE, "Mail me @ home: now!|");
  assert_parts ("@narrator = am_adam\n@narrator: Hi.", FALSE, "am_adam>Hi.!|");
}

static void
test_pauses (void)
{
  assert_parts ("One [pause 0.5s] two.[pause 250ms]\n\n[pause]\n\n[pause: 2]", TRUE,
                "One|_0.5|two.|_0.25!|_1!|_2!|");
  assert_parts ("a [paused] b [pause", FALSE, "a [paused] b [pause!|");
}

static void
test_manners (void)
{
  g_autoptr (AppScript) script = parse ("@narrator (slow, Speed 0.5, pitch 1.2): A.\n@narrator: "
                                        "B.\n@x (sad): C.\n@x (angry, slow): D.",
                                        TRUE);
  const AppScriptPart *a = g_ptr_array_index (script->parts, 0);
  const AppScriptPart *b = g_ptr_array_index (script->parts, 1);
  const AppScriptPart *c = g_ptr_array_index (script->parts, 2);
  const AppScriptPart *d = g_ptr_array_index (script->parts, 3);

  g_assert_cmpfloat_with_epsilon (a->manner.speed, 0.425, 1e-9);
  g_assert_cmpfloat_with_epsilon (a->manner.pitch, 1.2, 1e-9);
  g_assert_cmpfloat (b->manner.speed, ==, 1);
  g_assert_cmpfloat (b->manner.pitch, ==, 1);
  g_assert_cmpint (b->manner.feeling, ==, AUDIO_FEELING_NONE);
  g_assert_cmpfloat (c->manner.spread, <, 1);
  g_assert_cmpint (c->manner.feeling, ==, AUDIO_FEELING_SAD);
  g_assert_cmpint (d->manner.feeling, ==, AUDIO_FEELING_ANGRY);
  g_assert_cmpstr (c->voice, ==, "x");
  g_assert_cmpstr (a->manner_words, ==, "slow, Speed 0.5, pitch 1.2");
  g_assert_null (b->manner_words);
}

/* What a script says, alone. */
static void
test_manner_words (void)
{
  AppScriptManner manner;
  g_autoptr (GError) error = NULL;

  g_assert_true (app_script_read_manner ("sad, speed 0.5", &manner, NULL));
  g_assert_cmpint (manner.feeling, ==, AUDIO_FEELING_SAD);
  g_assert_cmpfloat_with_epsilon (manner.speed, 0.425, 1e-9);
  g_assert_true (app_script_read_manner ("", &manner, NULL));
  g_assert_cmpfloat (manner.speed, ==, 1);
  g_assert_cmpint (manner.feeling, ==, AUDIO_FEELING_NONE);
  g_assert_false (app_script_read_manner ("sad, bored", &manner, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "bored"));
}

static void
test_refusals (void)
{
  static const char *const refused[] = { "@narrator (backwards): A.",
                                         "@a (speed 9): A.",
                                         "@a (speed): A.",
                                         "A [pause long] b.",
                                         "[pause 3600s]",
                                         "[pause -1s]",
                                         "[pause nan]" };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (app_script_parse (refused[i], strlen (refused[i]), i % 2, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
    g_assert_nonnull (strstr (error->message, refused[i] + (refused[i][0] == 'A' ? 2 : 0)));
    g_assert_null (strchr (error->message, '\n'));
  }
}

/* Any bytes are a script. */
static void
test_strange (void)
{
  char bytes[3000];

  for (int round = 0; round < 200; round++) {
    gsize n = (gsize) g_test_rand_int_range (0, sizeof bytes);
    static const char letters[] = "@a(:= )[pause]\n#-*|`<>&;\\\xe4\xbd\xa0\xff\0";
    for (gsize i = 0; i < n; i++)
      bytes[i] = letters[g_test_rand_int_range (0, sizeof letters)];
    g_autoptr (AppScript) script = app_script_parse (bytes, n, round % 2, NULL);
    for (guint i = 0; script != NULL && i < script->parts->len; i++) {
      const AppScriptPart *part = g_ptr_array_index (script->parts, i);
      g_assert_true (part->text == NULL || g_utf8_validate (part->text, -1, NULL));
    }
  }
}

static void
test_load (void)
{
  g_autofree char *path = g_build_filename (g_get_tmp_dir (), "hearsay-test-script.md", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (path, "# A\n", -1, NULL));
  g_autoptr (AppScript) script = app_script_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (script->title, ==, "A");
  g_assert_true (g_file_set_contents (path, " \n[pause 1s]\n", -1, NULL));
  g_assert_null (app_script_load (path, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_true (g_str_has_prefix (error->message, path));
  g_remove (path);
  g_clear_error (&error);
  g_assert_null (app_script_load (path, &error));
  g_assert_nonnull (error);
}

static void
assert_round_trip (const char *text, const char *expected)
{
  g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (text);
  g_autofree char *joined = app_paragraphs_join (paragraphs);

  g_assert_cmpstr (joined, ==, expected != NULL ? expected : text);
}

static void
test_paragraphs (void)
{
  const char *text = "# One\n\n@am_michael: Two\nlines.\n\nStill him.\n\n@narrator (slow):\n\n"
                     "- Mine.\n- More.";
  g_autoptr (GPtrArray) paragraphs = app_paragraphs_split (text);
  const AppParagraph *const *list = (const AppParagraph *const *) paragraphs->pdata;

  g_assert_cmpuint (paragraphs->len, ==, 4);
  g_assert_cmpstr (list[0]->text, ==, "# One");
  g_assert_null (list[0]->voice);
  g_assert_cmpstr (list[1]->text, ==, "Two\nlines.");
  g_assert_cmpstr (list[1]->voice, ==, "am_michael");
  g_assert_cmpstr (list[2]->voice, ==, "am_michael");
  g_assert_null (list[3]->voice);
  g_assert_cmpstr (list[3]->manner, ==, "slow");
  assert_round_trip (text, NULL);
  assert_round_trip ("", NULL);
  assert_round_trip ("\n\n\n", "");
  assert_round_trip ("@guest = am_michael\n\n@guest: Hm.\n@narrator: Yes.\n\nMore.", NULL);
  assert_round_trip ("```\na\n\nb\n```\n\nText.", NULL);
  assert_round_trip ("A.\r\n \r\nB.", "A.\n\nB.");
}

static void
test_letters (void)
{
  g_autoptr (AppLetters) letters = app_letters_new ("The *cat*\nsat. Café 貓 sat.");
  gsize from = 0, begin, end;

  g_assert_true (app_letters_find (letters, "the cat sat.", &from, &begin, &end));
  g_assert_cmpuint (begin, ==, 0);
  g_assert_cmpuint (end, ==, 13);
  g_assert_cmpuint (from, ==, 13);
  g_assert_false (app_letters_find (letters, "cat", &from, &begin, &end));
  g_assert_true (app_letters_find (letters, "café", &from, &begin, &end));
  g_assert_cmpuint (end, ==, 20);
  g_assert_true (app_letters_find (letters, "貓", &from, &begin, &end));
  g_assert_cmpuint (end, ==, 24);
  g_assert_false (app_letters_find (letters, "…", &from, &begin, &end));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/script/plain", test_plain);
  g_test_add_func ("/app/script/markdown", test_markdown);
  g_test_add_func ("/app/script/title", test_title);
  g_test_add_func ("/app/script/voices", test_voices);
  g_test_add_func ("/app/script/pauses", test_pauses);
  g_test_add_func ("/app/script/manners", test_manners);
  g_test_add_func ("/app/script/manner-words", test_manner_words);
  g_test_add_func ("/app/script/refusals", test_refusals);
  g_test_add_func ("/app/script/strange", test_strange);
  g_test_add_func ("/app/script/load", test_load);
  g_test_add_func ("/app/script/paragraphs", test_paragraphs);
  g_test_add_func ("/app/script/letters", test_letters);
  return g_test_run ();
}
