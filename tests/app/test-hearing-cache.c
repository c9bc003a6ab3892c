/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/hearing/hearing-cache.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/app/heard.h"

static const char *const lines[] = { "The ferry leaves at six.", "火車在九點開。", NULL };

typedef struct {
  char *folder;
  char *path;
  AppHearingCache *cache;
} Fixture;

static AppHearingCache *
open_cache (const char *path, gsize max_bytes)
{
  g_autoptr (GError) error = NULL;
  AppHearingCache *cache = app_hearing_cache_new (path, max_bytes, &error);

  g_assert_no_error (error);
  return cache;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->folder = g_dir_make_tmp ("hearsay-cache-XXXXXX", NULL);
  f->path = g_build_filename (f->folder, "new", "hearings.db", NULL);
  f->cache = open_cache (f->path, 0);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  static const char *const names[] = {
    "new/hearings.db", "new/hearings.db-wal", "new/hearings.db-shm", "clip", "new", ""
  };

  app_hearing_cache_free (f->cache);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *file = g_build_filename (f->folder, names[i], NULL);

    g_remove (file);
  }
  g_free (f->path);
  g_free (f->folder);
}

static void
put (AppHearingCache *cache, const char *content, const char *settings)
{
  g_autoptr (AppHearing) hearing = heard_lines ("/tmp/day.wav", lines);

  app_hearing_cache_put (cache, content, settings, hearing);
}

static gboolean
has (AppHearingCache *cache, const char *content, const char *settings)
{
  g_autoptr (AppHearing) hearing =
      app_hearing_cache_get (cache, content, settings, "/home/other.wav");

  return hearing != NULL;
}

static void
test_get_and_miss (Fixture *f, gconstpointer data)
{
  g_autoptr (AppHearing) hearing = NULL;

  g_assert_false (has (f->cache, "abc", "s"));
  put (f->cache, "abc", "s");
  hearing = app_hearing_cache_get (f->cache, "abc", "s", "/home/other.wav");
  g_assert_nonnull (hearing);
  g_assert_cmpstr (hearing->title, ==, "other.wav");
  g_assert_cmpstr (app_hearing_get (hearing, 1)->text, ==, "火車在九點開。");
  g_assert_cmpfloat (app_hearing_get (hearing, 1)->start, ==, 10);
  g_assert_false (has (f->cache, "abc", "other settings"));
  g_assert_false (has (f->cache, "abd", "s"));
}

static void
test_private (Fixture *f, gconstpointer data)
{
  GStatBuf info;
  g_autofree char *folder = g_path_get_dirname (f->path);
  g_autofree char *log = g_strconcat (f->path, "-wal", NULL);

  put (f->cache, "abc", "s");
  g_assert_cmpint (g_stat (f->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (log, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  g_assert_cmpint (g_stat (folder, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0700);
}

static void
overwrite (const char *path, gsize from, const char *bytes, gsize n)
{
  FILE *file = g_fopen (path, "r+b");

  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, (long) from, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (bytes, 1, n, file), ==, n);
  fclose (file);
}

/* The head, the middle, or all of the file is something else: a miss, and then it works again. */
static void
test_damage (Fixture *f, gconstpointer data)
{
  static char noise[4096];

  memset (noise, 0x5a, sizeof noise);
  for (int kind = 0; kind < 3; kind++) {
    put (f->cache, "abc", "s");
    app_hearing_cache_free (f->cache);
    if (kind == 2)
      g_assert_true (g_file_set_contents (f->path, "{}", -1, NULL));
    else
      overwrite (f->path, kind == 0 ? 0 : 4096, noise, sizeof noise);
    f->cache = open_cache (f->path, 0);
    g_assert_false (has (f->cache, "abc", "s"));
    if (kind == 1)
      continue;
    put (f->cache, "abc", "s");
    g_assert_true (has (f->cache, "abc", "s"));
  }
}

/* The table is whole, but what stands in it is no Hearing. */
static void
test_damaged_entry (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  gsize length;

  put (f->cache, "abc", "s");
  app_hearing_cache_free (f->cache);
  g_assert_true (g_file_get_contents (f->path, &text, &length, NULL));
  char *at = memmem (text, length, "\"segments\"", 10);
  g_assert_nonnull (at);
  overwrite (f->path, (gsize) (at - text), "\"sentences", 10);
  f->cache = open_cache (f->path, 0);
  g_assert_false (has (f->cache, "abc", "s"));
  put (f->cache, "abc", "s");
  g_assert_true (has (f->cache, "abc", "s"));
}

static void
test_latest_used_stay (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) list = NULL;
  gint64 n_bytes;

  put (f->cache, "one", "s");
  list = app_hearing_cache_list (f->cache, NULL);
  n_bytes = ((const AppKeptHearing *) g_ptr_array_index (list, 0))->n_bytes;
  g_assert_cmpint (n_bytes, >, 50);
  app_hearing_cache_free (f->cache);
  f->cache = open_cache (f->path, (gsize) n_bytes * 5 / 2);
  put (f->cache, "two", "s");
  g_assert_true (has (f->cache, "one", "s"));
  put (f->cache, "three", "s");
  g_assert_true (has (f->cache, "one", "s"));
  g_assert_false (has (f->cache, "two", "s"));
  g_assert_true (has (f->cache, "three", "s"));
}

static void
test_one_too_large_stays (Fixture *f, gconstpointer data)
{
  app_hearing_cache_free (f->cache);
  f->cache = open_cache (f->path, 1);
  put (f->cache, "one", "s");
  put (f->cache, "two", "s");
  g_assert_false (has (f->cache, "one", "s"));
  g_assert_true (has (f->cache, "two", "s"));
}

static void
test_notes (Fixture *f, gconstpointer data)
{
  g_autofree char *note = NULL;

  app_hearing_cache_put_note (f->cache, "abc", "summary", "too early");
  g_assert_null (app_hearing_cache_get_note (f->cache, "abc", "summary"));
  put (f->cache, "abc", "s");
  app_hearing_cache_put_note (f->cache, "abc", "summary", "A ferry, a train.");
  put (f->cache, "abc", "s");
  note = app_hearing_cache_get_note (f->cache, "abc", "summary");
  g_assert_cmpstr (note, ==, "A ferry, a train.");
  g_assert_true (app_hearing_cache_forget (f->cache, "abc", NULL, NULL));
  g_assert_null (app_hearing_cache_get_note (f->cache, "abc", "summary"));
}

/* Nothing that was said is left in any of the files. */
static void
test_forget (Fixture *f, gconstpointer data)
{
  g_autofree char *log = g_strconcat (f->path, "-wal", NULL);
  const char *files[] = { f->path, log };
  guint n = 0;

  put (f->cache, "abc", "s");
  put (f->cache, "abc", "t");
  put (f->cache, "def", "s");
  g_assert_true (app_hearing_cache_forget (f->cache, "abc", &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  g_assert_false (has (f->cache, "abc", "s") || has (f->cache, "abc", "t"));
  g_assert_true (has (f->cache, "def", "s"));
  g_assert_true (app_hearing_cache_forget (f->cache, NULL, &n, NULL));
  g_assert_cmpuint (n, ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++) {
    g_autofree char *text = NULL;
    gsize length = 0;

    if (g_file_get_contents (files[i], &text, &length, NULL))
      g_assert_null (memmem (text, length, "ferry", 5));
  }
}

/* Several processes open a new cache, write and read at once. */
static void
test_processes (Fixture *f, gconstpointer data)
{
  enum { N_PROCESSES = 4, N_ROUNDS = 10 };
  pid_t children[N_PROCESSES];

  app_hearing_cache_free (g_steal_pointer (&f->cache));
  g_remove (f->path);
  for (int p = 0; p < N_PROCESSES; p++) {
    children[p] = fork ();
    if (children[p] == 0) {
      AppHearingCache *cache = app_hearing_cache_new (f->path, 0, NULL);
      gboolean all_there = cache != NULL;

      for (int i = 0; all_there && i < N_ROUNDS; i++) {
        g_autofree char *content = g_strdup_printf ("%d-%d", p, i);

        put (cache, content, "s");
        all_there = has (cache, content, "s");
      }
      app_hearing_cache_free (cache);
      _exit (all_there ? 0 : 1);
    }
  }
  for (int p = 0; p < N_PROCESSES; p++) {
    int status;

    g_assert_cmpint (waitpid (children[p], &status, 0), ==, children[p]);
    g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  }
  f->cache = open_cache (f->path, 0);
  g_autoptr (GPtrArray) list = app_hearing_cache_list (f->cache, NULL);
  g_assert_cmpuint (list->len, ==, N_PROCESSES * N_ROUNDS);
}

static void
test_not_writable (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *below_a_file = g_build_filename (f->path, "x", NULL);

  g_assert_null (app_hearing_cache_new (below_a_file, 0, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
}

static void
test_identify (Fixture *f, gconstpointer data)
{
  g_autofree char *clip = g_build_filename (f->folder, "clip", NULL);
  g_autofree char *content = NULL;
  g_autoptr (GError) error = NULL;
  atomic_bool cancel = true;

  g_assert_true (g_file_set_contents (clip, "abc", 3, NULL));
  content = app_recording_identify (clip, NULL, NULL);
  g_assert_cmpstr (content, ==, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  g_assert_null (app_recording_identify (clip, &cancel, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (app_recording_identify ("/dev/null", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
}

#define ADD(name, function)                                                                        \
  g_test_add ("/hearing-cache/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("get-and-miss", test_get_and_miss);
  ADD ("private", test_private);
  ADD ("damage", test_damage);
  ADD ("damaged-entry", test_damaged_entry);
  ADD ("latest-used-stay", test_latest_used_stay);
  ADD ("one-too-large-stays", test_one_too_large_stays);
  ADD ("notes", test_notes);
  ADD ("forget", test_forget);
  ADD ("processes", test_processes);
  ADD ("not-writable", test_not_writable);
  ADD ("identify", test_identify);
  return g_test_run ();
}
