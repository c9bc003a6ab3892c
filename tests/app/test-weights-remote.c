/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The real engine in its own process, with real models: what it answers, how soon it stops, what
 * becomes of an answer when it is killed, and whether the main loop waits for any of it. */

#include "app/service/remote.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/base/data-files.h"
#include "tests/support/weights.h"

#define LIMIT_S 240
#define LIMIT_US (APP_REMOTE_CANCEL_MS * G_TIME_SPAN_MILLISECOND)
/* A frame of the window. */
#define STALL_US (16 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  GMainLoop *loop;
  AppRemote *remote;
  AppRemoteCall *call;
  JsonNode *result;
  GError *error;
  GString *thought;
  guint n_heard, n_hearings;
  guint n_progress;
  guint n_restarts;
  guint n_lost;
  guint kill_at; /* tokens; 0: never */
  guint cancel_at;
  const char *cancel_stage; /* NULL: none */
  gint64 cancel_us, end_us;
  gint64 cancel_cpu_us; /* of the engine, at the cancel */
  guint limit;
} Test;

static char *folder;

static const char *const asking[] = { "qwen2.5-coder-1.5b-instruct-q4_k_m", "whisper-base",
                                      "silero-vad", NULL };
static const char *const speaking[] = { "kokoro-82m-v1.0", "kokoro-voices",
                                        "english-pronunciations", NULL };

static gboolean
is_installed (const char *const *ids)
{
  for (gsize i = 0; ids[i] != NULL; i++) {
    g_autofree char *path = weights_find (ids[i]);

    if (path == NULL)
      return FALSE;
  }
  return TRUE;
}

static gboolean
give_up (gpointer data)
{
  g_error ("nothing came in %d s", LIMIT_S);
  return G_SOURCE_REMOVE;
}

static gint64 worst_us, woken_us;

static gint64
get_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* What this thread computes between two waits is how long the main loop is held; the clock would
 * tell of whatever else runs on the machine. */
static gint
measuring_poll (GPollFD *fds, guint n_fds, gint timeout)
{
  gint n;

  if (woken_us > 0)
    worst_us = MAX (worst_us, get_cpu_us () - woken_us);
  n = g_poll (fds, n_fds, timeout);
  woken_us = get_cpu_us ();
  return n;
}

static void
on_lost (AppRemote *remote, int loss, const char *message, gpointer data)
{
  Test *test = data;

  g_test_message ("lost %d: %s", loss, message);
  g_assert_cmpint (loss, ==, APP_LOSS_KILLED);
  test->n_lost++;
}

/* The children of each test have heard nothing before. */
static void
begin_cache (void)
{
  static int n;
  g_autofree char *name = g_strdup_printf ("%d", n++);
  g_autofree char *cache = g_build_filename (folder, name, NULL);

  g_setenv ("XDG_CACHE_HOME", cache, TRUE);
}

static void
test_init (Test *test)
{
  begin_cache ();
  *test = (Test){ .loop = g_main_loop_new (NULL, FALSE),
                  .remote = app_remote_new (NULL),
                  .thought = g_string_new (NULL) };
  g_signal_connect (test->remote, "lost", G_CALLBACK (on_lost), test);
  test->limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);
  worst_us = woken_us = 0;
  g_main_context_set_poll_func (NULL, measuring_poll);
}

static void
forget_result (Test *test)
{
  g_clear_pointer (&test->result, json_node_unref);
  g_clear_error (&test->error);
  g_clear_object (&test->call);
}

static void
test_clear (Test *test)
{
  AppRemote *remote = test->remote;

  forget_result (test);
  g_string_free (test->thought, TRUE);
  g_source_remove (test->limit);
  g_main_context_set_poll_func (NULL, NULL);
  g_main_loop_unref (test->loop);
  g_assert_finalize_object (remote);
}

/* The processor's time of the engine's process. */
static gint64
get_engine_cpu_us (Test *test)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", app_remote_get_pid (test->remote));
  g_autofree char *stat = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &stat, NULL, NULL));
  fields = g_strsplit (strrchr (stat, ')'), " ", 15);
  return (g_ascii_strtoll (fields[12], NULL, 10) + g_ascii_strtoll (fields[13], NULL, 10))
         * G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

static void
cancel (Test *test, AppRemoteCall *call)
{
  test->cancel_us = g_get_monotonic_time ();
  test->cancel_cpu_us = get_engine_cpu_us (test);
  app_remote_call_cancel (call);
}

static void
on_progress (AppRemoteCall *call, const char *stage, double fraction, double left, gpointer data)
{
  Test *test = data;

  g_assert_true (fraction >= 0 && fraction <= 1);
  test->n_progress++;
  if (g_strcmp0 (stage, test->cancel_stage) == 0) {
    test->cancel_stage = NULL;
    cancel (test, call);
  }
}

static void
on_thought (AppRemoteCall *call, const char *text, guint n_tokens, gpointer data)
{
  g_assert_cmpstr (app_remote_call_get_text (call), ==, "");
  g_string_append (((Test *) data)->thought, text);
}

static void
on_token (AppRemoteCall *call, const char *text, guint n_tokens, gpointer data)
{
  Test *test = data;

  if (test->kill_at > 0 && n_tokens >= test->kill_at) {
    test->kill_at = 0;
    kill (app_remote_get_pid (test->remote), SIGKILL);
  }
  if (test->cancel_at > 0 && n_tokens >= test->cancel_at) {
    test->cancel_at = 0;
    cancel (test, call);
  }
}

static void
on_heard (AppRemoteCall *call, JsonNode *heard, gpointer data)
{
  Test *test = data;

  test->n_heard++;
  test->n_hearings += json_object_has_member (json_node_get_object (heard), "hearing");
}

static void
on_restarted (AppRemoteCall *call, gpointer data)
{
  ((Test *) data)->n_restarts++;
}

static void
on_done (AppRemoteCall *call, JsonNode *result, gpointer data)
{
  Test *test = data;

  test->end_us = g_get_monotonic_time ();
  test->result = json_node_ref (result);
  g_main_loop_quit (test->loop);
}

static void
on_failed (AppRemoteCall *call, const GError *error, gpointer data)
{
  Test *test = data;

  test->end_us = g_get_monotonic_time ();
  test->error = g_error_copy (error);
  g_main_loop_quit (test->loop);
}

static AppRemoteCall *
start (Test *test, const char *task, const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonNode *request = json_from_string (json, &error);

  g_assert_no_error (error);
  forget_result (test);
  test->call = app_remote_start (test->remote, task, request);
  g_signal_connect (test->call, "progress", G_CALLBACK (on_progress), test);
  g_signal_connect (test->call, "thought", G_CALLBACK (on_thought), test);
  g_signal_connect (test->call, "token", G_CALLBACK (on_token), test);
  g_signal_connect (test->call, "heard", G_CALLBACK (on_heard), test);
  g_signal_connect (test->call, "restarted", G_CALLBACK (on_restarted), test);
  g_signal_connect (test->call, "done", G_CALLBACK (on_done), test);
  g_signal_connect (test->call, "failed", G_CALLBACK (on_failed), test);
  return test->call;
}

/* (transfer none): the result. */
static JsonObject *
run (Test *test, const char *task, const char *json)
{
  start (test, task, json);
  g_main_loop_run (test->loop);
  g_assert_no_error (test->error);
  return json_node_get_object (test->result);
}

static char *
make_question (const char *text)
{
  g_autofree char *sample = app_data_file_find ("data/samples/inaugural.wav", NULL);

  return g_strdup_printf ("{\"recordings\": [\"%s\"], \"question\": \"%s\"}", sample, text);
}

static void
assert_not_held (void)
{
  g_test_message ("the main loop was held for %.2f ms at the most",
                  (double) worst_us / G_TIME_SPAN_MILLISECOND);
  g_assert_cmpint (worst_us, <, STALL_US);
}

static void
test_ask (void)
{
  g_autofree char *request = make_question ("What can you do for your country?");
  JsonObject *result, *timing;
  Test test;

  if (!is_installed (asking))
    return;
  test_init (&test);
  result = run (&test, "ask", request);
  g_test_message ("%s", json_object_get_string_member (result, "answer"));
  g_assert_cmpstr (json_object_get_string_member (result, "stop"), ==, "end");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (result, "evidence")), >,
                    0);
  g_assert_cmpuint (test.n_hearings, ==, 1);
  g_assert_cmpuint (test.n_progress, >, 3);
  g_assert_cmpuint (app_remote_call_get_n_tokens (test.call), >, 0);
  g_assert_cmpstr (json_object_get_string_member (result, "answer"), ==,
                   app_remote_call_get_text (test.call));
  timing = json_object_get_object_member (result, "timing");
  g_test_message ("first token after %.2f s, %.1f tokens/s",
                  json_object_get_double_member (timing, "first_token_s"),
                  json_object_get_double_member (timing, "generated_tokens_per_s"));
  assert_not_held ();
  test_clear (&test);
}

static void
test_listen (void)
{
  g_autofree char *sample = app_data_file_find ("data/samples/inaugural.wav", NULL);
  g_autofree char *request = g_strdup_printf ("{\"file\": \"%s\"}", sample);
  JsonObject *result, *hearing;
  Test test;

  if (!is_installed (asking))
    return;
  test_init (&test);
  result = run (&test, "listen", request);
  hearing = json_object_get_object_member (result, "hearing");
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (hearing, "segments")), >,
                    0);
  g_assert_cmpuint (test.n_heard, >, 0);
  result = run (&test, "tokens", request);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (result, "tokens")), >, 10);
  assert_not_held ();
  test_clear (&test);
}

/* The second question of a conversation has little to read. */
static void
test_chat_goes_on (void)
{
  g_autofree char *second = NULL;
  g_autofree char *answer = NULL;
  JsonObject *timing;
  Test test;
  gint64 n_first;

  if (!is_installed (asking))
    return;
  test_init (&test);
  answer = g_strdup (json_object_get_string_member (
      run (&test, "chat",
           "{\"messages\": [{\"role\": \"user\", \"text\": \"Name one colour, in one word.\"}]}"),
      "answer"));
  timing = json_object_get_object_member (json_node_get_object (test.result), "timing");
  n_first = json_object_get_int_member (timing, "computed_tokens");
  g_assert_null (strpbrk (answer, "\"\\\n"));
  second = g_strdup_printf (
      "{\"messages\": [{\"role\": \"user\", \"text\": \"Name one colour, in one word.\"}, "
      "{\"role\": \"assistant\", \"text\": \"%s\"}, {\"role\": \"user\", \"text\": \"Another.\"}]}",
      answer);
  timing = json_object_get_object_member (run (&test, "chat", second), "timing");
  g_test_message ("%s; read %d tokens, then %d of %d", answer, (int) n_first,
                  (int) json_object_get_int_member (timing, "computed_tokens"),
                  (int) json_object_get_int_member (timing, "prompt_tokens"));
  g_assert_cmpint (json_object_get_int_member (timing, "computed_tokens"), <, n_first);
  test_clear (&test);
}

/* A thought comes before the answer; one that is stopped leaves the next request whole. */
static void
test_thought (void)
{
  static const char request[] =
      "{\"messages\": [{\"role\": \"user\", \"text\": \"What is 17 times 24?\"}], "
      "\"thinking\": 40, \"max_tokens\": 16}";
  g_autofree char *first = NULL;
  JsonObject *result;
  Test test;

  if (!is_installed (asking))
    return;
  test_init (&test);
  test.cancel_stage = "thinking";
  start (&test, "chat", request);
  g_main_loop_run (test.loop);
  g_assert_error (test.error, APP_ERROR, APP_ERROR_CANCELLED);
  g_string_truncate (test.thought, 0);
  result = run (&test, "chat", request);
  first = g_strstrip (g_strdup (test.thought->str));
  g_test_message ("%s; %s", first, json_object_get_string_member (result, "answer"));
  g_assert_cmpuint (strlen (first), >, 20);
  g_assert_cmpstr (json_object_get_string_member (result, "thought"), ==, first);
  g_assert_null (strstr (json_object_get_string_member (result, "answer"), "think>"));
  test_clear (&test);
}

/* That the call has ended in time; and that the engine has, too, as soon as it was given the
 * processor: where other programs crowd the machine, the clock tells more about them. */
static void
assert_stopped (Test *test, const char *where)
{
  gint64 took_us = test->end_us - test->cancel_us;
  gint64 cpu_us, free_us;

  /* A request that is refused at once, when it is its turn. */
  start (test, "chat", "{}");
  g_main_loop_run (test->loop);
  g_assert_error (test->error, APP_ERROR, APP_ERROR_ARGUMENT);
  free_us = test->end_us - test->cancel_us;
  cpu_us = get_engine_cpu_us (test) - test->cancel_cpu_us;
  g_test_message ("%s: ended after %.1f ms; the engine was free after %.1f ms, %.0f ms of the "
                  "processor",
                  where, (double) took_us / 1000, (double) free_us / 1000, (double) cpu_us / 1000);
  if (took_us >= LIMIT_US || free_us >= LIMIT_US)
    g_assert_cmpint (cpu_us, <, LIMIT_US);
}

static void
test_cancel (void)
{
  Test test;

  if (!is_installed (asking))
    return;
  test_init (&test);
  test.cancel_at = 5;
  start (&test, "chat",
         "{\"messages\": [{\"role\": \"user\", \"text\": \"Count from one to five hundred.\"}]}");
  g_main_loop_run (test.loop);
  g_assert_no_error (test.error);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (test.result), "stop"), ==,
                   "cancelled");
  assert_stopped (&test, "writing");
  assert_not_held ();
  test_clear (&test);
}

/* Wherever it is. A stage is met by an engine that has loaded nothing and heard nothing. */
static void
test_cancel_stages (void)
{
  static const char *const stages[] = { "loading-listener", "listening",    "telling-speakers",
                                        "hearing-manner",   "loading-chat", "reading-prompt" };
  g_autofree char *request = make_question ("What can you do for your country?");

  if (!is_installed (asking))
    return;
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++) {
    Test test;

    test_init (&test);
    test.cancel_stage = stages[i];
    start (&test, "ask", request);
    g_main_loop_run (test.loop);
    g_assert_error (test.error, APP_ERROR, APP_ERROR_CANCELLED);
    assert_stopped (&test, stages[i]);
    test_clear (&test);
  }
}

static void
test_kill (void)
{
  g_autofree char *request = make_question ("What can you do for your country?");
  Test test;

  if (!is_installed (asking))
    return;
  test_init (&test);
  test.kill_at = 3;
  g_test_message ("%s", json_object_get_string_member (run (&test, "ask", request), "answer"));
  g_assert_cmpuint (test.n_lost, ==, 1);
  g_assert_cmpuint (test.n_restarts, ==, 1);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (test.result), "answer"), ==,
                   app_remote_call_get_text (test.call));
  assert_not_held ();
  test_clear (&test);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    remove_all (inner);
  }
  g_remove (path);
}

static void
test_say (void)
{
  g_autofree char *path = NULL, *request = NULL, *script = NULL;
  JsonObject *result;
  Test test;

  if (!is_installed (speaking))
    return;
  path = g_build_filename (folder, "a.wav", NULL);
  test_init (&test);
  request = g_strdup_printf ("{\"text\": \"Good morning. How are you?\", \"file\": \"%s\"}", path);
  result = run (&test, "say", request);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (result, "sentences")), ==,
                    2);
  g_assert_true (g_file_test (path, G_FILE_TEST_IS_REGULAR));
  script = g_strdup_printf ("{\"script\": \"# One\\n\\nTwo.\", \"file\": \"%s\","
                            " \"check\": false}",
                            path);
  result = run (&test, "narrate", script);
  g_assert_cmpuint (test.n_heard, ==, 2);
  g_assert_true (json_object_has_member (result, "narration"));
  assert_not_held ();
  test_clear (&test);
}

/* Speech in a manner takes as long as the manner says; another word for one is refused. */
static void
test_say_in_a_manner (void)
{
  static const char form[] = "{\"text\": \"How are you?\", \"file\": \"%s\", \"manner\": \"%s\"}";
  g_autofree char *path = NULL, *plain = NULL, *slow = NULL, *wrong = NULL;
  double seconds, slow_seconds;
  Test test;

  if (!is_installed (speaking))
    return;
  path = g_build_filename (folder, "b.wav", NULL);
  test_init (&test);
  plain = g_strdup_printf ("{\"text\": \"How are you?\", \"file\": \"%s\"}", path);
  slow = g_strdup_printf (form, path, "sad, very slow");
  wrong = g_strdup_printf (form, path, "bored");
  seconds = json_object_get_double_member (run (&test, "say", plain), "seconds");
  slow_seconds = json_object_get_double_member (run (&test, "say", slow), "seconds");
  g_test_message ("%.2f s, very slow %.2f s", seconds, slow_seconds);
  g_assert_cmpfloat (slow_seconds, >, 1.2 * seconds);
  start (&test, "say", wrong);
  g_main_loop_run (test.loop);
  g_assert_error (test.error, APP_ERROR, APP_ERROR_ARGUMENT);
  test_clear (&test);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  /* Nothing is known of any recording, and nothing stays. */
  folder = g_dir_make_tmp ("hearsay-remote-XXXXXX", NULL);
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
  g_test_add_func ("/weights-remote/cancel-stages", test_cancel_stages);
  g_test_add_func ("/weights-remote/listen", test_listen);
  g_test_add_func ("/weights-remote/ask", test_ask);
  g_test_add_func ("/weights-remote/chat-goes-on", test_chat_goes_on);
  g_test_add_func ("/weights-remote/thought", test_thought);
  g_test_add_func ("/weights-remote/cancel", test_cancel);
  g_test_add_func ("/weights-remote/kill", test_kill);
  g_test_add_func ("/weights-remote/say", test_say);
  g_test_add_func ("/weights-remote/say-in-a-manner", test_say_in_a_manner);
  status = g_test_run ();
  remove_all (folder);
  g_free (folder);
  return status;
}
