/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What becomes of the file of conversations: damage, other programs, a process that is killed. */

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/app/conversations-fixture.h"

#define MANY 5000
#define LETTERS 300
#define OPEN_LIMIT_US (G_TIME_SPAN_SECOND / 2)

static void
write_file (const char *path, const char *bytes)
{
  g_assert_true (g_file_set_contents (path, bytes, -1, NULL));
}

/* How many files of the folder have this in their names. */
static guint
count_files (Fixture *f, const char *part)
{
  g_autoptr (GDir) dir = g_dir_open (f->folder, 0, NULL);
  const char *name;
  guint n = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    n += strstr (name, part) != NULL;
  return n;
}

static void
test_damaged (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) talks = NULL;

  add (f, create (f), 0, APP_ROLE_USER, "lost");
  g_clear_pointer (&f->store, app_conversations_free);
  write_file (f->path, "this is no database, though it is long enough to be taken for one");
  reopen (f);
  g_assert_nonnull (strstr (app_conversations_get_notice (f->store), ".kept-"));
  g_test_message ("%s", app_conversations_get_notice (f->store));
  talks = app_conversations_list (f->store, NULL);
  g_assert_cmpuint (talks->len, ==, 0);
  g_assert_cmpuint (count_files (f, ".kept-"), ==, 1);
  create (f);
  reopen (f);
  g_assert_null (app_conversations_get_notice (f->store));
}

static void
test_damaged_page (Fixture *f, gconstpointer data)
{
  char garbage[8192];
  gint64 talk = create (f);
  int fd;

  for (int i = 0; i < 200; i++)
    add (f, talk, 0, APP_ROLE_USER, "a message that is long enough to need some room in the file");
  g_clear_pointer (&f->store, app_conversations_free);
  memset (garbage, 0x5a, sizeof garbage);
  fd = g_open (f->path, O_RDWR, 0);
  g_assert_cmpint (pwrite (fd, garbage, sizeof garbage, 16384), ==, sizeof garbage);
  close (fd);
  reopen (f);
  g_assert_nonnull (app_conversations_get_notice (f->store));
  g_assert_cmpuint (count_files (f, ".kept-"), ==, 1);
}

static void
test_newer (Fixture *f, gconstpointer data)
{
  sqlite3 *db;

  g_clear_pointer (&f->store, app_conversations_free);
  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "PRAGMA user_version = 99", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  reopen (f);
  g_assert_nonnull (strstr (app_conversations_get_notice (f->store), "version 99"));
  g_assert_cmpuint (count_files (f, ".kept-"), ==, 1);
}

/* Another program has the file: what is said meanwhile comes to it later. */
static void
test_locked (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  AppConversations *second = app_conversations_new (f->path, &error);
  gint64 talk;

  g_assert_no_error (error);
  g_assert_nonnull (strstr (app_conversations_get_notice (second), "in use"));
  talk = app_conversations_create (second, NULL, NULL);
  g_assert_cmpint (app_conversations_add (second, talk, 0, APP_ROLE_USER, "meanwhile", NULL), >, 0);
  app_conversations_free (second);
  add (f, create (f), 0, APP_ROLE_USER, "here");
  assert_found (f, "meanwhile", 0);
  reopen (f);
  g_assert_null (app_conversations_get_notice (f->store));
  /* As a title and as a message. */
  assert_found (f, "meanwhile", 2);
  assert_found (f, "here", 2);
  g_assert_cmpuint (count_files (f, "-2.db"), ==, 0);
}

/* Run as a program of its own: writes an answer, says what is in the store, until it is killed. */
static int
write_until_killed (const char *path)
{
  AppConversations *store = app_conversations_new (path, NULL);
  gint64 talk = app_conversations_create (store, NULL, NULL);
  gint64 q = app_conversations_add (store, talk, 0, APP_ROLE_USER, "Count.", NULL);
  gint64 a = app_conversations_begin_answer (store, talk, q, NULL);

  for (int i = 1; i <= 100000; i++) {
    g_autofree char *text = g_strdup_printf ("%d ", i);

    if (!app_conversations_append (store, a, text, NULL))
      return 1;
    printf ("%d\n", i);
    fflush (stdout);
  }
  return 0;
}

static void
test_killed (Fixture *f, gconstpointer data)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  char *argv[] = { self, (char *) "--write", f->path, NULL };
  g_autoptr (GPtrArray) talks = NULL, messages = NULL;
  g_autoptr (GString) expected = g_string_new (NULL);
  const AppMessage *answer;
  char line[32];
  int out, told = 0;
  GPid pid;
  FILE *stream;

  g_clear_pointer (&f->store, app_conversations_free);
  g_assert_true (g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL,
                                           &pid, NULL, &out, NULL, NULL));
  stream = fdopen (out, "r");
  while (told < 700 && fgets (line, sizeof line, stream) != NULL)
    told = atoi (line);
  kill (pid, SIGKILL);
  while (fgets (line, sizeof line, stream) != NULL)
    told = line[strlen (line) - 1] == '\n' ? atoi (line) : told;
  fclose (stream);
  waitpid (pid, NULL, 0);
  g_spawn_close_pid (pid);

  reopen (f);
  g_assert_null (app_conversations_get_notice (f->store));
  talks = app_conversations_list (f->store, NULL);
  g_assert_cmpuint (talks->len, ==, 1);
  messages = load (f, ((AppTalk *) talks->pdata[0])->id);
  g_assert_cmpuint (messages->len, ==, 2);
  answer = messages->pdata[1];
  g_assert_cmpint (answer->state, ==, APP_MESSAGE_INTERRUPTED);
  for (int i = 1; i <= told; i++)
    g_string_append_printf (expected, "%d ", i);
  g_test_message ("%d pieces were told, %d bytes are there", told, (int) strlen (answer->text));
  g_assert_true (g_str_has_prefix (answer->text, expected->str));
  assert_found (f, "699 700", 1);
}

/* Words that are made up. */
static char *
make_text (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  while (text->len < LETTERS)
    for (int i = 0, n = g_test_rand_int_range (2, 9); i <= n; i++)
      g_string_append_c (text, i < n ? (char) ('a' + g_test_rand_int_range (0, 24)) : ' ');
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Of this thread: where other programs crowd the machine, the clock tells more about them. */
static gint64
get_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
test_many (Fixture *f, gconstpointer data)
{
  g_autofree char *text = make_text ();
  g_autoptr (GPtrArray) messages = NULL;
  gint64 talk = create (f);
  gint64 parent = 0, start, worst = 0, opened, loaded;

  for (int i = 0; i < MANY; i++) {
    start = get_cpu_us ();
    parent = add (f, talk, parent, i % 2 == 0 ? APP_ROLE_USER : APP_ROLE_ASSISTANT, text);
    worst = MAX (worst, get_cpu_us () - start);
  }
  g_clear_pointer (&f->store, app_conversations_free);
  start = g_get_monotonic_time ();
  reopen (f);
  opened = g_get_monotonic_time () - start;
  start = g_get_monotonic_time ();
  messages = load (f, talk);
  loaded = g_get_monotonic_time () - start;
  g_assert_cmpuint (messages->len, ==, MANY);
  g_test_message ("%d messages: adding one takes %.1f ms of the processor at most; opening %.1f "
                  "ms, loading %.1f ms",
                  MANY, (double) worst / 1000, (double) opened / 1000, (double) loaded / 1000);
  assert_found (f, "z", 0);
  start = g_get_monotonic_time ();
  assert_found (f, "z", 0);
  g_test_message ("a search that finds nothing: %.1f ms",
                  (double) (g_get_monotonic_time () - start) / 1000);
  if (g_test_perf ())
    g_assert_cmpint (opened + loaded, <, OPEN_LIMIT_US);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--write"))
    return write_until_killed (argv[2]);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add (name, Fixture, NULL, set_up, function, tear_down)
  ADD ("/conversations-file/damaged", test_damaged);
  ADD ("/conversations-file/damaged-page", test_damaged_page);
  ADD ("/conversations-file/newer", test_newer);
  ADD ("/conversations-file/locked", test_locked);
  ADD ("/conversations-file/killed", test_killed);
  ADD ("/conversations-file/many", test_many);
#undef ADD
  return g_test_run ();
}
