/* SPDX-License-Identifier: GPL-3.0-or-later */

#include <sqlite3.h>
#include <string.h>

#include "app/service/request.h"
#include "tests/app/conversations-fixture.h"

/* The texts of the branch that is shown, joined by "|". */
static void
assert_branch (Fixture *f, gint64 talk, const char *expected)
{
  g_autoptr (GPtrArray) messages = load (f, talk);
  g_autoptr (GString) texts = g_string_new (NULL);

  for (guint i = 0; i < messages->len; i++)
    g_string_append_printf (texts, "%s%s", i > 0 ? "|" : "",
                            ((AppMessage *) messages->pdata[i])->text);
  g_assert_cmpstr (texts->str, ==, expected);
}

static JsonNode *
make_hearing (const char *words)
{
  g_autofree char *json = g_strdup_printf ("{\"file\": \"a.wav\", \"segments\": [{\"start\": 1.25,"
                                           " \"end\": 2.5, \"speaker\": \"A\", \"text\": \"%s\"}],"
                                           " \"speakers\": [{\"name\": \"A\","
                                           " \"embedding\": [0.5, 0.25]}]}",
                                           words);

  return json_from_string (json, NULL);
}

static void
test_messages (Fixture *f, gconstpointer data)
{
  gint64 talk = create (f);
  gint64 first = add (f, talk, 0, APP_ROLE_USER, "  Who\nspeaks? ");
  g_autoptr (JsonNode) evidence = json_from_string ("[{\"start\": 1}]", NULL);
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (AppTalk) found = NULL;
  const AppMessage *answer;
  gint64 id = app_conversations_begin_answer (f->store, talk, first, NULL);

  g_assert_true (app_conversations_append (f->store, id, "Two ", NULL));
  g_assert_true (app_conversations_append (f->store, id, "people", NULL));
  assert_branch (f, talk, "  Who\nspeaks? |Two people");
  g_assert_true (app_conversations_begin_anew (f->store, id, NULL));
  g_assert_true (app_conversations_append (f->store, id, "Three.", NULL));
  g_assert_true (
      app_conversations_finish (f->store, id, &(AppAnswerParts){ .evidence = evidence }, NULL));
  reopen (f);
  messages = load (f, talk);
  g_assert_cmpuint (messages->len, ==, 2);
  answer = messages->pdata[1];
  g_assert_cmpstr (answer->text, ==, "Three.");
  g_assert_cmpint (answer->state, ==, APP_MESSAGE_COMPLETE);
  g_assert_cmpint (answer->role, ==, APP_ROLE_ASSISTANT);
  g_assert_cmpint (answer->parent, ==, first);
  g_assert_cmpstr (answer->evidence, ==, "[{\"start\":1}]");
  found = app_conversations_get (f->store, talk, NULL);
  g_assert_cmpstr (found->title, ==, "Who speaks?");
  g_assert_cmpuint (found->n_messages, ==, 2);
  g_assert_cmpint (found->leaf, ==, id);
}

/* The end of the branch that is shown, as the whole has it. */
static void
assert_end (Fixture *f, gint64 talk, guint n_last, gint64 through, guint n_expected)
{
  g_autoptr (GPtrArray) whole = load (f, talk);
  g_autoptr (GPtrArray) end = app_conversations_load_end (f->store, talk, n_last, through, NULL);

  g_assert_cmpuint (end->len, ==, n_expected);
  for (guint i = 0; i < end->len; i++) {
    const AppMessage *a = whole->pdata[whole->len - end->len + i], *b = end->pdata[i];
    g_assert_cmpint (a->id, ==, b->id);
    g_assert_cmpint (a->parent, ==, b->parent);
    g_assert_cmpstr (a->text, ==, b->text);
    g_assert_cmpuint (a->sibling, ==, b->sibling);
    g_assert_cmpuint (a->n_siblings, ==, b->n_siblings);
    g_assert_cmpuint (a->recordings->len, ==, b->recordings->len);
  }
}

static void
test_end (Fixture *f, gconstpointer data)
{
  gint64 talk = create (f);
  gint64 first = add (f, talk, 0, APP_ROLE_USER, "q");
  gint64 a1 = add (f, talk, first, APP_ROLE_ASSISTANT, "a1");
  gint64 a2 = add (f, talk, first, APP_ROLE_ASSISTANT, "a2");
  gint64 q2 = add (f, talk, a2, APP_ROLE_USER, "q2");
  g_autoptr (JsonNode) hearing = make_hearing ("hello");
  gint64 heard =
      app_conversations_add_recording (f->store, first, "/a.wav", NULL, 2, hearing, NULL);
  gint64 unheard = app_conversations_add_recording (f->store, q2, "/b.wav", NULL, 2, NULL, NULL);
  g_autoptr (GArray) ids = app_conversations_list_recordings (f->store, talk, NULL);
  g_autoptr (AppConversations) again = NULL;
  g_autoptr (AppMessage) copy = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  app_conversations_begin_answer (f->store, talk, q2, NULL);
  g_assert_cmpuint (ids->len, ==, 2);
  g_assert_cmpint (g_array_index (ids, gint64, 0), ==, heard);
  g_assert_cmpint (g_array_index (ids, gint64, 1), ==, unheard);
  assert_end (f, talk, 1, 0, 1);
  assert_end (f, talk, 2, 0, 2);
  assert_end (f, talk, 100, 0, 4);
  assert_end (f, talk, 1, a2, 3);
  assert_end (f, talk, 1, first, 4);
  g_assert_true (app_conversations_copy_recordings (f->store, first, a1, NULL));
  copy = app_conversations_get_message (f->store, a1, NULL);
  g_assert_cmpuint (copy->recordings->len, ==, 1);
  g_assert_cmpuint (copy->n_siblings, ==, 2);
  g_assert_null (app_conversations_get_message (f->store, 12345, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  again = app_conversations_open_again (f->store, NULL);
  text = app_conversations_get_hearing_text (
      again, ((AppRecording *) copy->recordings->pdata[0])->id, NULL);
  g_assert_nonnull (strstr (text, "hello"));
}

static void
test_branches (Fixture *f, gconstpointer data)
{
  gint64 talk = create (f);
  gint64 q = add (f, talk, 0, APP_ROLE_USER, "q");
  gint64 a1 = add (f, talk, q, APP_ROLE_ASSISTANT, "a1");
  gint64 a2;
  g_autoptr (GPtrArray) messages = NULL;
  g_autoptr (GArray) siblings = NULL;
  g_autoptr (GError) error = NULL;
  gint64 other = create (f);

  add (f, talk, a1, APP_ROLE_USER, "q2");
  a2 = add (f, talk, q, APP_ROLE_ASSISTANT, "a2");
  assert_branch (f, talk, "q|a2");
  messages = load (f, talk);
  g_assert_cmpuint (((AppMessage *) messages->pdata[1])->n_siblings, ==, 2);
  g_assert_cmpuint (((AppMessage *) messages->pdata[1])->sibling, ==, 1);
  siblings = app_conversations_list_siblings (f->store, a2, NULL);
  g_assert_cmpuint (siblings->len, ==, 2);
  g_assert_cmpint (g_array_index (siblings, gint64, 0), ==, a1);
  g_assert_true (app_conversations_choose (f->store, a1, NULL));
  assert_branch (f, talk, "q|a1|q2");
  /* Another beginning: the first question, edited. */
  add (f, talk, 0, APP_ROLE_USER, "Q");
  assert_branch (f, talk, "Q");
  g_assert_cmpint (app_conversations_add (f->store, other, q, APP_ROLE_USER, "x", &error), ==, 0);
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  assert_branch (f, other, "");
}

static void
test_search (Fixture *f, gconstpointer data)
{
  gint64 talk = create (f);
  gint64 m = add (f, talk, 0, APP_ROLE_USER, "The Überraschung costs 50% of it_all, \"really\"");
  g_autoptr (JsonNode) hearing = make_hearing ("她说今天天气很好");
  g_autoptr (GPtrArray) found = NULL;
  const AppFound *first;

  app_conversations_rename (f->store, talk, "Prices", NULL);
  g_assert_cmpint (
      app_conversations_add_recording (f->store, m, "/tmp/a.wav", NULL, 3, hearing, NULL), >, 0);
  assert_found (f, "überraschung", 1);
  assert_found (f, "ÜBERRASCHUNG COSTS", 1);
  assert_found (f, "costs missing", 0);
  assert_found (f, "50%", 1);
  assert_found (f, "%", 1);
  assert_found (f, "_a", 1);
  assert_found (f, "\"REALLY\"", 1);
  assert_found (f, "\"", 1);
  assert_found (f, "天", 1);
  assert_found (f, "天气", 1);
  assert_found (f, "今天天气", 1);
  assert_found (f, "气天", 0);
  assert_found (f, "天气　ÜB", 1);
  assert_found (f, "pric", 1);
  assert_found (f, "  ", 0);
  assert_found (f, "' OR 1=1 --", 0);
  found = app_conversations_search (f->store, "天气", 10, NULL);
  first = found->pdata[0];
  g_assert_cmpint (first->message, ==, m);
  g_assert_cmpint (strncmp (first->text + first->match_start, "天气", first->match_length), ==, 0);
  app_conversations_delete (f->store, talk, NULL);
  assert_found (f, "costs", 0);
}

static void
test_delete (Fixture *f, gconstpointer data)
{
  gint64 talk = create (f), other = create (f);
  gint64 m = add (f, talk, 0, APP_ROLE_USER, "one");
  gint64 n = add (f, other, 0, APP_ROLE_USER, "two");
  g_auto (GStrv) orphans = NULL;
  g_autoptr (GPtrArray) talks = NULL;
  g_autoptr (GError) error = NULL;

  app_conversations_add_recording (f->store, m, "/a/own.wav", "00", 1, NULL, NULL);
  app_conversations_add_recording (f->store, m, "/a/shared.wav", "00", 1, NULL, NULL);
  app_conversations_add_recording (f->store, n, "/a/shared.wav", "00", 1, NULL, NULL);
  g_assert_true (app_conversations_delete (f->store, talk, NULL));
  g_assert_true (app_conversations_restore (f->store, talk, NULL));
  assert_branch (f, talk, "one");
  g_assert_true (app_conversations_delete (f->store, talk, NULL));
  g_assert_true (app_conversations_purge (f->store, 60, NULL, NULL));
  g_assert_true (app_conversations_restore (f->store, talk, NULL));
  g_assert_true (app_conversations_delete (f->store, talk, NULL));
  g_assert_true (app_conversations_purge (f->store, 0, &orphans, NULL));
  g_assert_cmpuint (g_strv_length (orphans), ==, 1);
  g_assert_cmpstr (orphans[0], ==, "/a/own.wav");
  talks = app_conversations_list (f->store, NULL);
  g_assert_cmpuint (talks->len, ==, 1);
  g_assert_false (app_conversations_restore (f->store, talk, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
}

static void
test_order (Fixture *f, gconstpointer data)
{
  const AppTalkSettings settings = {
    .system = (char *) "Be brief.", .temperature = 0.7, .top_k = 40, .seed = 5
  };
  gint64 a = create (f), b = create (f);
  g_autoptr (GPtrArray) talks = NULL;
  g_auto (GStrv) folders = NULL;
  g_auto (GStrv) presets = NULL;
  g_autoptr (GArray) moved = NULL;
  g_auto (AppTalkSettings) found = { 0 };
  g_autoptr (AppTalk) talk = NULL;

  app_conversations_pin (f->store, a, TRUE, NULL);
  app_conversations_move (f->store, b, "Work", NULL);
  add (f, b, 0, APP_ROLE_USER, "later");
  talks = app_conversations_list (f->store, NULL);
  g_assert_cmpint (((AppTalk *) talks->pdata[0])->id, ==, a);
  g_assert_true (((AppTalk *) talks->pdata[0])->is_pinned);
  g_assert_cmpstr (((AppTalk *) talks->pdata[1])->folder, ==, "Work");
  folders = app_conversations_list_folders (f->store, NULL);
  g_assert_cmpuint (g_strv_length (folders), ==, 1);
  g_assert_true (app_conversations_move_folder (f->store, "Work", "Play", &moved, NULL));
  g_assert_cmpuint (moved->len, ==, 1);
  g_assert_cmpint (g_array_index (moved, gint64, 0), ==, b);
  g_assert_true (app_conversations_move_folder (f->store, "Play", NULL, NULL, NULL));
  g_strfreev (folders);
  folders = app_conversations_list_folders (f->store, NULL);
  g_assert_cmpuint (g_strv_length (folders), ==, 0);
  app_conversations_set_preset (f->store, "Short", &settings, NULL);
  app_conversations_set_preset (f->store, "Short", &settings, NULL);
  presets = app_conversations_list_presets (f->store, NULL);
  g_assert_cmpuint (g_strv_length (presets), ==, 1);
  g_assert_true (app_conversations_get_preset (f->store, "Short", &found, NULL));
  g_assert_cmpstr (found.preset, ==, "Short");
  g_assert_true (app_conversations_set_settings (f->store, a, &found, NULL));
  talk = app_conversations_get (f->store, a, NULL);
  g_assert_cmpstr (talk->settings.system, ==, "Be brief.");
  g_assert_cmpfloat (talk->settings.temperature, ==, 0.7);
  g_assert_cmpint (talk->settings.top_k, ==, 40);
  g_assert_true (app_conversations_remove_preset (f->store, "Short", NULL));
}

/* A conversation with all that there is: branches, recordings, evidence, settings. */
static gint64
fill (Fixture *f)
{
  const AppTalkSettings settings = { .system = (char *) "Be \"brief\".", .temperature = 0.1 };
  gint64 talk = app_conversations_create (f->store, &settings, NULL);
  gint64 q = add (f, talk, 0, APP_ROLE_USER, "Was sagt sie?\n<!-- hearsay:end -->\n\\x\n# no");
  gint64 a = app_conversations_begin_answer (f->store, talk, q, NULL);
  g_autoptr (JsonNode) hearing = make_hearing ("你好");
  g_autoptr (JsonNode) evidence = json_from_string (
      "[{\"start\": 1.1, \"end\": 2, \"text\": \"Hallo\", \"speaker\": null}]", NULL);
  g_autoptr (JsonNode) details = json_from_string ("{\"model\": \"m\"}", NULL);

  app_conversations_add_recording (f->store, q, "/a/ö.wav", "0123", 2.5, hearing, NULL);
  app_conversations_finish (f->store, a,
                            &(AppAnswerParts){ .text = "She says\n\n| a | b |\n|---|---|\n",
                                               .evidence = evidence,
                                               .details = details },
                            NULL);
  add (f, talk, q, APP_ROLE_ASSISTANT, "Another answer");
  app_conversations_choose (f->store, a, NULL);
  app_conversations_move (f->store, talk, "Ordner", NULL);
  app_conversations_pin (f->store, talk, TRUE, NULL);
  return talk;
}

static void
test_export (Fixture *f, gconstpointer data)
{
  gint64 talk = fill (f);
  g_autofree char *json = NULL, *again = NULL, *markdown = NULL, *second = NULL;
  g_autoptr (GArray) ids = NULL, more = NULL;
  g_autoptr (GPtrArray) before = NULL, after = NULL;
  g_autoptr (GError) error = NULL;

  add (f, create (f), 0, APP_ROLE_USER, "a second conversation");
  json = app_conversations_export_json (f->store, 0, &error);
  g_assert_no_error (error);
  g_assert_null (strstr (json, "embedding"));
  markdown = app_conversations_export_markdown (f->store, talk, &error);
  g_assert_no_error (error);
  before = load (f, talk);

  /* Into a store that has others already. */
  {
    Fixture other = { 0 };

    set_up (&other, NULL);
    add (&other, create (&other), 0, APP_ROLE_USER, "what was there");
    g_clear_pointer (&other.store, app_conversations_free);
    g_unlink (other.path);
    reopen (&other);
    ids = app_conversations_import (other.store, json, -1, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (ids->len, ==, 2);
    again = app_conversations_export_json (other.store, 0, &error);
    g_assert_cmpstr (json, ==, again);
    assert_found (&other, "你好", 1);

    more = app_conversations_import (other.store, markdown, -1, &error);
    g_assert_no_error (error);
    after = load (&other, g_array_index (more, gint64, 0));
    g_assert_cmpuint (after->len, ==, before->len);
    for (guint i = 0; i < before->len; i++)
      g_assert_cmpstr (((AppMessage *) after->pdata[i])->text, ==,
                       ((AppMessage *) before->pdata[i])->text);
    second = app_conversations_export_json (other.store, g_array_index (ids, gint64, 0), NULL);
    g_assert_nonnull (second);
    tear_down (&other, NULL);
  }
}

static void
test_bad_import (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = {
    "",
    "nothing of ours",
    "{",
    "{}",
    "[]",
    "{\"format\": \"hearsay-conversations\"}",
    "{\"format\": \"hearsay-conversations\", \"version\": 2, \"conversations\": []}",
    "{\"format\": \"hearsay-conversations\", \"version\": 1, \"conversations\": [7]}",
    "{\"format\": \"hearsay-conversations\", \"version\": 1, \"conversations\": [{}]}",
    "{\"format\": \"hearsay-conversations\", \"version\": 1, \"conversations\": [{\"messages\": "
    "[{\"text\": \"kept?\", \"role\": \"user\"}, {\"text\": 7, \"role\": \"user\"}]}]}",
    "{\"format\": \"hearsay-conversations\", \"version\": 1, \"conversations\": [{\"messages\": "
    "[{\"text\": \"a\", \"role\": \"user\", \"parent\": 1}]}]}",
    "<!-- hearsay:user -->\n\xff\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GPtrArray) talks = NULL;

    g_assert_null (app_conversations_import (f->store, bad[i], -1, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
    g_test_message ("%s", error->message);
    talks = app_conversations_list (f->store, NULL);
    g_assert_cmpuint (talks->len, ==, 0);
    /* Nor is anything to be restored. */
    for (gint64 talk = 1; talk <= 10; talk++)
      g_assert_false (app_conversations_restore (f->store, talk, NULL));
  }
  assert_found (f, "kept", 0);
}

static void
run_sql (Fixture *f, const char *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

/* What need not be there may be anything. */
static void
test_odd_import (Fixture *f, gconstpointer data)
{
  static const char json[] =
      "{\"format\": \"hearsay-conversations\", \"version\": 1, \"conversations\": [{\"pinned\": [],"
      " \"title\": {}, \"folder\": 7, \"leaf\": \"x\", \"settings\": {\"temperature\": []},"
      " \"messages\": [{\"role\": \"user\", \"text\": \"odd\", \"evidence\": 5, \"details\": [],"
      " \"recordings\": [{\"path\": \"/a.wav\", \"seconds\": {}, \"sha256\": 1}]}]}]}";
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = app_conversations_import (f->store, json, -1, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (ids->len, ==, 1);
}

/* What cannot be indexed at once is imported all the same: who is told that it is not, does it
 * again. */
static void
test_import_without_index (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) ids = NULL;

  run_sql (f, "CREATE TRIGGER fault BEFORE DELETE ON unindexed"
              " BEGIN SELECT raise (ABORT, 'a fault'); END");
  ids = app_conversations_import (f->store, "# A title\n<!-- hearsay:user -->\nkept once", -1,
                                  &error);
  g_assert_no_error (error);
  g_assert_cmpuint (ids->len, ==, 1);
  run_sql (f, "DROP TRIGGER fault");
  assert_found (f, "kept once", 1);
}

static void
test_request (Fixture *f, gconstpointer data)
{
  gint64 talk = fill (f);
  g_autoptr (GPtrArray) messages = load (f, talk);
  const AppMessage *question = messages->pdata[0];
  gint64 next = add (f, talk, ((AppMessage *) messages->pdata[1])->id, APP_ROLE_USER, "And then?");
  g_autofree char *one_text = app_conversations_build_request (f->store, question->id, NULL);
  g_autofree char *all_text = app_conversations_build_request (f->store, next, NULL);
  g_autoptr (JsonNode) one = json_from_string (one_text, NULL);
  g_autoptr (JsonNode) all = json_from_string (all_text, NULL);
  JsonObject *object = json_node_get_object (all);
  JsonArray *turns = json_object_get_array_member (object, "messages");
  JsonObject *first = json_array_get_object_element (turns, 0);
  JsonArray *recordings = json_object_get_array_member (first, "recordings");

  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (json_node_get_object (one), "messages")),
      ==, 1);
  g_assert_cmpuint (json_array_get_length (turns), ==, 3);
  g_assert_cmpstr (json_object_get_string_member (object, "system"), ==, "Be \"brief\".");
  g_assert_true (json_object_has_member (json_array_get_object_element (recordings, 0), "hearing"));
}

/* A double has 53 bits. */
static void
test_large_seed (Fixture *f, gconstpointer data)
{
  const AppTalkSettings settings = { .seed = G_MAXINT64 - 1 };
  static const char *const refused[] = { "-1",    "1.5", "1e300", "9223372036854775808",
                                         "\"1\"", "[1]", "{}" };
  gint64 talk = create (f);
  gint64 question = add (f, talk, 0, APP_ROLE_USER, "Who speaks?");
  g_autofree char *text = NULL;
  g_autoptr (AppRequest) request = NULL;

  g_assert_true (app_conversations_set_settings (f->store, talk, &settings, NULL));
  text = app_conversations_build_request (f->store, question, NULL);
  request = app_request_parse (APP_REQUEST_CHAT, text, -1, NULL);
  g_assert_cmpuint (request->sampling.seed, ==, G_MAXINT64 - 1);
  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *bad =
        g_strdup_printf ("{\"messages\": [{\"role\": \"user\", \"text\": \"a\"}],"
                         " \"sampling\": {\"seed\": %s}}",
                         refused[i]);

    g_assert_null (app_request_parse (APP_REQUEST_CHAT, bad, -1, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_FORMAT);
    g_assert_nonnull (strstr (error->message, "sampling.seed"));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/conversations/messages", test_messages);
  ADD ("/conversations/branches", test_branches);
  ADD ("/conversations/end", test_end);
  ADD ("/conversations/search", test_search);
  ADD ("/conversations/delete", test_delete);
  ADD ("/conversations/order", test_order);
  ADD ("/conversations/export", test_export);
  ADD ("/conversations/bad-import", test_bad_import);
  ADD ("/conversations/odd-import", test_odd_import);
  ADD ("/conversations/import-without-index", test_import_without_index);
  ADD ("/conversations/request", test_request);
  ADD ("/conversations/large-seed", test_large_seed);
#undef ADD
  return g_test_run ();
}
