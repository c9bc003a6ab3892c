/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The client of the engine's process, against one that dies, is deaf, and sends a lot
 * (fake-engine.c), and against the real program without models. */

#include "app/service/remote.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "app/base/app-error.h"

#define LIMIT_S 60
/* A frame of the window. */
#define MAX_HELD_US (16 * G_TIME_SPAN_MILLISECOND)

typedef struct {
  AppRemote *remote;
  guint n_lost;
  guint n_ready;
  int loss;
} Fixture;

typedef struct {
  AppRemoteCall *call;
  GString *text;
  JsonNode *result;
  GError *error;
  guint n_heard;
  guint n_restarts;
  guint n_ends;
  gint64 end_us;
} Seen;

static char *folder;

static gboolean
give_up (gpointer data)
{
  g_error ("nothing came in %d s", LIMIT_S);
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until *value is no longer zero. */
static void
wait_for (const guint *value)
{
  guint limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);

  while (*value == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

static void
on_ready (AppRemote *remote, gpointer data)
{
  ((Fixture *) data)->n_ready++;
}

static void
on_lost (AppRemote *remote, int loss, const char *message, gpointer data)
{
  Fixture *f = data;

  g_test_message ("lost: %s", message);
  g_assert_true (g_utf8_validate (message, -1, NULL));
  f->loss = loss;
  f->n_lost++;
}

static void
begin (Fixture *f, const char *program)
{
  f->remote = app_remote_new (&(AppRemoteOptions){ .program = program });
  g_signal_connect (f->remote, "ready", G_CALLBACK (on_ready), f);
  g_signal_connect (f->remote, "lost", G_CALLBACK (on_lost), f);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "app", "fake-engine", NULL);

  begin (f, program);
}

/* The child has gone with it. */
static void
tear_down (Fixture *f, gconstpointer data)
{
  int pid = app_remote_get_pid (f->remote);
  AppRemote *remote = f->remote;
  guint limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);

  g_assert_finalize_object (remote);
  while (pid != 0 && (kill (pid, 0) == 0 || errno != ESRCH))
    g_main_context_iteration (NULL, FALSE);
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_source_remove (limit);
}

static void
on_token (AppRemoteCall *call, const char *text, guint n_tokens, gpointer data)
{
  g_string_append (((Seen *) data)->text, text);
}

static void
on_heard (AppRemoteCall *call, JsonNode *heard, gpointer data)
{
  ((Seen *) data)->n_heard++;
}

static void
on_restarted (AppRemoteCall *call, gpointer data)
{
  Seen *seen = data;

  g_string_truncate (seen->text, 0);
  seen->n_restarts++;
}

static void
on_done (AppRemoteCall *call, JsonNode *result, gpointer data)
{
  Seen *seen = data;

  g_assert_false (app_remote_call_is_running (call));
  seen->result = json_node_ref (result);
  seen->end_us = g_get_monotonic_time ();
  seen->n_ends++;
}

static void
on_failed (AppRemoteCall *call, const GError *error, gpointer data)
{
  Seen *seen = data;

  g_assert_false (app_remote_call_is_running (call));
  seen->error = g_error_copy (error);
  seen->end_us = g_get_monotonic_time ();
  seen->n_ends++;
}

static void
seen_clear (Seen *seen)
{
  g_signal_handlers_disconnect_by_data (seen->call, seen);
  g_clear_object (&seen->call);
  g_string_free (seen->text, TRUE);
  g_clear_pointer (&seen->result, json_node_unref);
  g_clear_error (&seen->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Seen, seen_clear)

static void
watch (Seen *seen, AppRemoteCall *call)
{
  *seen = (Seen){ .call = call, .text = g_string_new (NULL) };
  g_signal_connect (call, "token", G_CALLBACK (on_token), seen);
  g_signal_connect (call, "heard", G_CALLBACK (on_heard), seen);
  g_signal_connect (call, "restarted", G_CALLBACK (on_restarted), seen);
  g_signal_connect (call, "done", G_CALLBACK (on_done), seen);
  g_signal_connect (call, "failed", G_CALLBACK (on_failed), seen);
}

static void
start (Fixture *f, Seen *seen, const char *task, const char *json)
{
  g_autoptr (GError) error = NULL;
  JsonNode *request = json_from_string (json, &error);

  g_assert_no_error (error);
  watch (seen, app_remote_start (f->remote, task, request));
}

static void
start_text (Fixture *f, Seen *seen, const char *task, const char *text)
{
  g_autofree char *json = g_strdup_printf ("{\"text\": \"%s\"}", text);

  start (f, seen, task, json);
}

static const char *
get_answer (const Seen *seen)
{
  g_assert_no_error (seen->error);
  return json_object_get_string_member (json_node_get_object (seen->result), "answer");
}

static void
test_echo (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 }, b = { 0 }, c = { 0 };

  start_text (f, &a, "echo", "one two 三");
  start_text (f, &b, "echo", "four");
  watch (&c, app_remote_start_text (f->remote, "beside", g_strdup ("{\"text\": \"five\"}")));
  g_assert_cmpuint (app_remote_get_n_calls (f->remote), ==, 3);
  wait_for (&a.n_ends);
  wait_for (&b.n_ends);
  wait_for (&c.n_ends);
  g_assert_cmpstr (get_answer (&a), ==, "one two 三");
  g_assert_cmpstr (get_answer (&c), ==, "five");
  g_assert_cmpstr (a.text->str, ==, "onetwo三");
  g_assert_cmpstr (app_remote_call_get_text (a.call), ==, "onetwo三");
  g_assert_cmpuint (app_remote_call_get_n_tokens (a.call), ==, 3);
  g_assert_cmpint (a.end_us, <=, b.end_us);
  g_assert_cmpuint (f->n_ready, ==, 1);
  g_assert_cmpuint (f->n_lost, ==, 0);
  g_assert_cmpuint (app_remote_get_n_calls (f->remote), ==, 0);
}

static void
test_not_utf8 (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 };

  watch (&a, app_remote_start_text (f->remote, "echo", g_strdup ("{\"text\": \"a\xff\"}")));
  wait_for (&a.n_ends);
  g_assert_cmpstr (get_answer (&a), ==, "a\xef\xbf\xbd");
}

static void
test_failures (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 }, b = { 0 };

  start_text (f, &a, "fail", "");
  start_text (f, &b, "nonsense", "");
  wait_for (&a.n_ends);
  wait_for (&b.n_ends);
  g_assert_error (a.error, APP_ERROR, APP_ERROR_NO_SPEECH);
  g_assert_null (strchr (a.error->message, '\n'));
  g_assert_error (b.error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_assert_nonnull (strstr (b.error->message, "nonsense"));
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 }, b = { 0 }, c = { 0 }, d = { 0 };
  gint64 start_us;

  start_text (f, &a, "count", "");
  start_text (f, &b, "echo", "never");
  while (a.text->len < 5)
    g_main_context_iteration (NULL, TRUE);
  /* One that waits, one that runs, one that has not been sent. */
  app_remote_call_cancel (b.call);
  wait_for (&b.n_ends);
  g_assert_error (b.error, APP_ERROR, APP_ERROR_CANCELLED);
  start_us = g_get_monotonic_time ();
  app_remote_call_cancel (a.call);
  app_remote_call_cancel (a.call);
  wait_for (&a.n_ends);
  g_assert_cmpint (a.end_us - start_us, <, APP_REMOTE_CANCEL_MS * G_TIME_SPAN_MILLISECOND);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (a.result), "stop"), ==,
                   "cancelled");
  start_text (f, &c, "until-cancelled", "");
  app_remote_call_cancel (c.call);
  wait_for (&c.n_ends);
  g_assert_error (c.error, APP_ERROR, APP_ERROR_CANCELLED);
  start_text (f, &d, "echo", "goes on");
  wait_for (&d.n_ends);
  g_assert_cmpstr (get_answer (&d), ==, "goes on");
  g_assert_cmpuint (a.n_ends, ==, 1);
}

static void
test_cancel_before_start (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 };

  start_text (f, &a, "count", "");
  app_remote_call_cancel (a.call);
  g_assert_cmpuint (a.n_ends, ==, 0);
  wait_for (&a.n_ends);
  g_assert_error (a.error, APP_ERROR, APP_ERROR_CANCELLED);
  wait_for (&f->n_ready);
  g_assert_cmpuint (app_remote_get_n_calls (f->remote), ==, 0);
}

/* Whatever the engine does, the one who asks need not wait; what comes late is dropped. */
static void
test_deaf (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 }, b = { 0 };
  gint64 start_us;

  start_text (f, &a, "deaf", "");
  while (a.text->len == 0)
    g_main_context_iteration (NULL, TRUE);
  start_us = g_get_monotonic_time ();
  app_remote_call_cancel (a.call);
  wait_for (&a.n_ends);
  g_test_message ("ended after %.1f ms", (double) (a.end_us - start_us) / 1000);
  g_assert_cmpstr (get_answer (&a), ==, "some");
  start_text (f, &b, "echo", "after");
  wait_for (&b.n_ends);
  g_assert_cmpstr (get_answer (&b), ==, "after");
  g_assert_cmpuint (a.n_ends, ==, 1);
  g_assert_cmpuint (f->n_lost, ==, 0);
}

static void
test_replay (Fixture *f, gconstpointer data)
{
  g_autofree char *mark = g_build_filename (folder, "died", NULL);
  g_auto (Seen) a = { 0 }, b = { 0 };

  start_text (f, &a, "die-once", mark);
  start_text (f, &b, "echo", "behind it");
  wait_for (&a.n_ends);
  wait_for (&b.n_ends);
  g_assert_cmpstr (get_answer (&a), ==, "again");
  g_assert_cmpstr (a.text->str, ==, "again");
  g_assert_cmpuint (a.n_restarts, ==, 1);
  g_assert_cmpstr (get_answer (&b), ==, "behind it");
  g_assert_cmpuint (b.n_restarts, ==, 0);
  g_assert_cmpuint (f->n_lost, ==, 1);
  g_assert_cmpuint (f->n_ready, ==, 2);
  g_assert_cmpint (f->loss, ==, APP_LOSS_KILLED);
  g_unlink (mark);
}

static void
test_deadly (Fixture *f, gconstpointer data)
{
  g_auto (Seen) a = { 0 }, b = { 0 }, c = { 0 };

  start_text (f, &a, "die", "");
  start_text (f, &b, "echo", "innocent");
  wait_for (&a.n_ends);
  wait_for (&b.n_ends);
  g_assert_error (a.error, APP_ERROR, APP_ERROR_ENGINE);
  g_assert_cmpuint (a.n_restarts, ==, 1);
  g_assert_cmpuint (f->n_lost, ==, 2);
  g_assert_cmpstr (get_answer (&b), ==, "innocent");
  start_text (f, &c, "leave", "");
  wait_for (&c.n_ends);
  g_assert_error (c.error, APP_ERROR, APP_ERROR_ENGINE);
  g_assert_cmpint (f->loss, ==, APP_LOSS_EXITED);
}

static void
test_no_program (void)
{
  Fixture f = { 0 };
  g_auto (Seen) a = { 0 }, b = { 0 };

  begin (&f, "/nowhere/hearsay");
  start_text (&f, &a, "echo", "");
  wait_for (&a.n_ends);
  g_assert_error (a.error, APP_ERROR, APP_ERROR_ENGINE);
  g_assert_cmpint (f.loss, ==, APP_LOSS_NOT_STARTED);
  start_text (&f, &b, "echo", "");
  wait_for (&b.n_ends);
  g_assert_error (b.error, APP_ERROR, APP_ERROR_ENGINE);
  tear_down (&f, NULL);
}

/* A program that is no engine. */
static void
test_wrong_program (void)
{
  Fixture f = { 0 };
  g_auto (Seen) a = { 0 };

  begin (&f, "/bin/false");
  start_text (&f, &a, "echo", "");
  wait_for (&a.n_ends);
  g_assert_error (a.error, APP_ERROR, APP_ERROR_ENGINE);
  g_assert_cmpint (f.loss, ==, APP_LOSS_NOT_STARTED);
  g_assert_cmpuint (f.n_lost, ==, 3);
  tear_down (&f, NULL);
}

/* The processor's time that this thread takes between two waits of the main loop. */
static gint64 worst_us, woken_us;

static gint64
get_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

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

/* Megabytes each way, and the main loop goes on. */
static void
test_large (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (4 * 1024 * 1024, 'x');
  g_auto (Seen) a = { 0 };
  JsonNode *request;
  JsonObject *object = json_object_new ();

  json_object_set_string_member (object, "text", text);
  request = json_node_init_object (json_node_alloc (), object);
  json_object_unref (object);
  worst_us = woken_us = 0;
  g_main_context_set_poll_func (NULL, measuring_poll);
  watch (&a, app_remote_start (f->remote, "large", request));
  wait_for (&a.n_ends);
  g_main_context_set_poll_func (NULL, NULL);
  g_assert_no_error (a.error);
  g_assert_cmpuint (a.n_heard, ==, 1);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (a.result), "n_request_bytes"),
                   >, 4 * 1024 * 1024);
  g_test_message ("the main loop was held for %.3f ms at the most", (double) worst_us / 1000);
  /* Sanitizers take their time. */
  if (g_test_perf ())
    g_assert_cmpint (worst_us, <, MAX_HELD_US);
}

static void
on_described (GObject *source, GAsyncResult *result, gpointer data)
{
  Seen *seen = data;

  seen->result = app_remote_describe_finish (APP_REMOTE (source), result, &seen->error);
  seen->n_ends++;
}

/* The real program, with an empty store. */
static void
test_real (void)
{
  static const struct {
    const char *task;
    const char *request;
    AppError error;
    const char *message;
  } cases[] = {
    { "chat", "{\"messages\": [{\"role\": \"user\", \"text\": \"Hello\"}]}",
      APP_ERROR_NOT_INSTALLED, "install" },
    { "chat", "{\"messages\": []}", APP_ERROR_ARGUMENT, "messages" },
    { "chat", "{\"messages\": [{\"role\": \"user\"}]}", APP_ERROR_ARGUMENT, "messages[0]" },
    { "ask", "[]", APP_ERROR_ARGUMENT, "object" },
    { "ask", "{\"question\": \"x\", \"recordings\": [7]}", APP_ERROR_ARGUMENT, "recordings[0]" },
    { "listen", "{\"file\": \"/nowhere/a.wav\"}", APP_ERROR_RECORDING, "/nowhere" },
    { "remove", "{\"id\": \"no-such-model\"}", APP_ERROR_NOT_INSTALLED, "no-such-model" },
  };
  Fixture f = { 0 };
  Seen description = { 0 };
  JsonObject *object;

  begin (&f, NULL);
  app_remote_describe_async (f.remote, NULL, on_described, &description);
  wait_for (&description.n_ends);
  g_assert_no_error (description.error);
  object = json_node_get_object (description.result);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "models")), >, 3);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "tasks")), >, 5);
  json_node_unref (description.result);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Seen) a = { 0 };

    start (&f, &a, cases[i].task, cases[i].request);
    wait_for (&a.n_ends);
    g_test_message ("%s %s: %s", cases[i].task, cases[i].request,
                    a.error != NULL ? a.error->message : "done");
    g_assert_true (g_error_matches (a.error, APP_ERROR, (int) cases[i].error));
    g_assert_nonnull (strstr (a.error->message, cases[i].message));
  }
  g_assert_cmpuint (f.n_lost, ==, 0);
  tear_down (&f, NULL);
}

/* Run as a program of its own: says which child it has, until it is killed. */
static int
be_parent (const char *program)
{
  Fixture f = { 0 };
  g_auto (Seen) a = { 0 };

  begin (&f, program);
  start_text (&f, &a, "until-cancelled", "");
  wait_for (&f.n_ready);
  printf ("%d\n", app_remote_get_pid (f.remote));
  fflush (stdout);
  wait_for (&a.n_ends);
  return 1;
}

/* Or a zombie, for which another process has to care. */
static gboolean
has_ended (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *stat = NULL;

  return !g_file_get_contents (path, &stat, NULL, NULL) || strstr (stat, ") Z ") != NULL;
}

/* A child does not outlive a parent that had no time to end it. */
static void
test_parent_killed (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *program = g_test_build_filename (G_TEST_BUILT, "app", "fake-engine", NULL);
  char *argv[] = { self, (char *) "--parent", program, NULL };
  guint limit = g_timeout_add_seconds (LIMIT_S, give_up, NULL);
  char line[32];
  FILE *stream;
  GPid pid;
  int out, child;

  g_assert_true (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                           &pid, NULL, &out, NULL, NULL));
  stream = fdopen (out, "r");
  g_assert_nonnull (fgets (line, sizeof line, stream));
  child = atoi (line);
  g_assert_cmpint (child, >, 0);
  g_assert_false (has_ended (child));
  kill (pid, SIGKILL);
  while (!has_ended (child))
    g_main_context_iteration (NULL, FALSE);
  fclose (stream);
  waitpid (pid, NULL, 0);
  g_spawn_close_pid (pid);
  g_source_remove (limit);
}

int
main (int argc, char **argv)
{
  int status;

  if (argc == 3 && g_str_equal (argv[1], "--parent"))
    return be_parent (argv[2]);

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("hearsay-remote-XXXXXX", NULL);
  /* For the children. */
  g_setenv ("XDG_CACHE_HOME", folder, TRUE);
  g_setenv ("XDG_DATA_HOME", folder, TRUE);
  g_setenv ("XDG_CONFIG_HOME", folder, TRUE);
  g_setenv ("HEARSAY_MODELS", folder, TRUE);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/remote/echo", test_echo);
  ADD ("/remote/not-utf8", test_not_utf8);
  ADD ("/remote/failures", test_failures);
  ADD ("/remote/cancel", test_cancel);
  ADD ("/remote/cancel-before-start", test_cancel_before_start);
  ADD ("/remote/deaf", test_deaf);
  ADD ("/remote/replay", test_replay);
  ADD ("/remote/deadly", test_deadly);
  ADD ("/remote/large", test_large);
#undef ADD
  g_test_add_func ("/remote/parent-killed", test_parent_killed);
  g_test_add_func ("/remote/no-program", test_no_program);
  g_test_add_func ("/remote/wrong-program", test_wrong_program);
  g_test_add_func ("/remote/real", test_real);
  status = g_test_run ();
  g_free (folder);
  return status;
}
