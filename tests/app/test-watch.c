/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/listen/watch-folder.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND G_USEC_PER_SEC

/* A folder that a test tells of, and the clock. */
typedef struct {
  AppWatchList *list;
  AppWatchState *state;
  gint64 now_us;
} Told;

static void
told_clear (Told *told)
{
  app_watch_list_free (told->list);
  app_watch_state_free (told->state);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Told, told_clear)

static Told
begin (void)
{
  return (Told){ app_watch_list_new ("txt"), app_watch_state_new (), 1000 * SECOND };
}

static void
look_after (Told *told, double seconds)
{
  told->now_us += (gint64) (seconds * SECOND);
  app_watch_list_look (told->list, told->state, told->now_us);
}

static void
add (Told *told, const char *name, guint64 size, int modified_s)
{
  app_watch_state_add (told->state, name, size, modified_s * (gint64) SECOND, FALSE);
}

static AppWatchFile *
get_file (Told *told, guint index)
{
  return told->state->recordings->pdata[index];
}

static void
add_result (Told *told, const char *name, int modified_s)
{
  app_watch_state_add_result (told->state, name, modified_s * (gint64) SECOND);
}

static void
end (Told *told, const char *name, AppWatchEnd how)
{
  app_watch_list_end (told->list, name, how, told->now_us);
}

#define assert_next(told, name) g_assert_cmpstr (app_watch_list_take ((told)->list), ==, name)

static void
test_settles (void)
{
  g_auto (Told) told = begin ();

  add (&told, "talk.wav", 10, 5);
  look_after (&told, 0);
  assert_next (&told, NULL);
  g_assert_cmpint (app_watch_list_get_wait (told.list, told.now_us), ==, APP_WATCH_SETTLE_US);
  get_file (&told, 0)->size = 20;
  look_after (&told, 1.5);
  look_after (&told, 1.5);
  assert_next (&told, NULL);
  g_assert_cmpint (app_watch_list_get_wait (told.list, told.now_us), ==, SECOND / 2);
  get_file (&told, 0)->modified_us++;
  look_after (&told, 1.9);
  look_after (&told, 1.9);
  assert_next (&told, NULL);
  look_after (&told, 0.2);
  assert_next (&told, "talk.wav");
  assert_next (&told, NULL);
  end (&told, "talk.wav", APP_WATCH_DONE);
  look_after (&told, 60);
  assert_next (&told, NULL);
  g_assert_cmpint (app_watch_list_get_wait (told.list, told.now_us), ==, -1);
}

static void
test_open_or_empty (void)
{
  g_auto (Told) told = begin ();

  add (&told, "open.wav", 10, 5);
  add (&told, "empty.wav", 0, 5);
  get_file (&told, 0)->is_open = TRUE;
  look_after (&told, 0);
  look_after (&told, 10);
  assert_next (&told, NULL);
  get_file (&told, 0)->is_open = FALSE;
  look_after (&told, 1);
  assert_next (&told, NULL);
  look_after (&told, 1);
  assert_next (&told, "open.wav");
  assert_next (&told, NULL);
}

static void
test_oldest_first (void)
{
  g_auto (Told) told = begin ();

  add (&told, "b.wav", 10, 7);
  add (&told, "c.wav", 10, 5);
  add (&told, "a.wav", 10, 7);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "c.wav");
  assert_next (&told, "a.wav");
  assert_next (&told, "b.wav");
}

static void
test_results_that_are_there (void)
{
  g_auto (Told) told = begin ();
  AppWatchCounts counts;

  add (&told, "done.wav", 10, 50);
  add_result (&told, "done.txt", 50);
  add (&told, "older.wav", 10, 50);
  add_result (&told, "older.txt", 49);
  add (&told, "second.wav", 10, 50);
  add_result (&told, "second.txt", 49);
  add_result (&told, "second (2).txt", 51);
  add (&told, "whole.wav", 10, 50);
  add_result (&told, "whole.wav.txt", 51);
  add (&told, "other.wav", 10, 50);
  add_result (&told, "other.srt", 51);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "older.wav");
  assert_next (&told, "other.wav");
  assert_next (&told, NULL);
  app_watch_list_count (told.list, &counts);
  g_assert_cmpuint (counts.n_before, ==, 3);
  g_assert_cmpuint (counts.n_waiting, ==, 2);
}

/* talk.txt can be of one of them only. */
static void
test_same_stem (void)
{
  g_auto (Told) told = begin ();
  g_autofree char *base = NULL;
  g_autofree char *alone = NULL;

  add (&told, "talk.mp3", 10, 50);
  add (&told, "talk.wav", 10, 51);
  add (&told, "in/talk.wav", 10, 52);
  add_result (&told, "talk.txt", 60);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "talk.mp3");
  assert_next (&told, "talk.wav");
  assert_next (&told, "in/talk.wav");
  base = app_watch_list_choose_base (told.list, "talk.wav");
  g_assert_cmpstr (base, ==, "talk.wav");
  alone = app_watch_list_choose_base (told.list, "in/talk.wav");
  g_assert_cmpstr (alone, ==, "in/talk");
}

/* The one that came second has a result of its whole name. */
static void
test_same_stem_one_after_the_other (void)
{
  g_auto (Told) told = begin ();

  add (&told, "talk.mp3", 10, 50);
  add (&told, "talk.wav", 10, 51);
  add_result (&told, "talk.txt", 60);
  add_result (&told, "talk.wav.txt", 60);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, NULL);
}

static void
test_changes (void)
{
  g_auto (Told) told = begin ();

  add (&told, "talk.wav", 10, 50);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "talk.wav");
  end (&told, "talk.wav", APP_WATCH_DONE);
  add_result (&told, "talk.txt", 60);
  /* Another recording of this name, with an earlier time, as a copy has it. */
  get_file (&told, 0)->modified_us = 40 * SECOND;
  get_file (&told, 0)->size = 11;
  look_after (&told, 1);
  look_after (&told, 2);
  assert_next (&told, "talk.wav");
  /* And while it is listened to. */
  get_file (&told, 0)->size = 12;
  look_after (&told, 1);
  end (&told, "talk.wav", APP_WATCH_DONE);
  assert_next (&told, NULL);
  look_after (&told, 2);
  assert_next (&told, "talk.wav");
  end (&told, "talk.wav", APP_WATCH_DONE);
  look_after (&told, 20);
  assert_next (&told, NULL);
}

static void
test_failures (void)
{
  g_auto (Told) told = begin ();
  AppWatchCounts counts;

  add (&told, "broken.wav", 10, 50);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "broken.wav");
  end (&told, "broken.wav", APP_WATCH_FAILED);
  look_after (&told, 100);
  assert_next (&told, NULL);
  app_watch_list_count (told.list, &counts);
  g_assert_cmpuint (counts.n_failed, ==, 1);
  get_file (&told, 0)->size = 11;
  look_after (&told, 1);
  look_after (&told, 2);
  assert_next (&told, "broken.wav");
  end (&told, "broken.wav", APP_WATCH_LATER);
  look_after (&told, 29);
  assert_next (&told, NULL);
  g_assert_cmpint (app_watch_list_get_wait (told.list, told.now_us), ==, SECOND);
  look_after (&told, 1);
  assert_next (&told, "broken.wav");
  end (&told, "broken.wav", APP_WATCH_AGAIN);
  assert_next (&told, "broken.wav");
}

/* A disk that goes away and comes back. */
static void
test_goes_and_returns (void)
{
  g_auto (Told) told = begin ();
  AppWatchState *nothing = app_watch_state_new ();

  add (&told, "done.wav", 10, 50);
  add (&told, "waits.wav", 10, 51);
  look_after (&told, 0);
  look_after (&told, 2);
  assert_next (&told, "done.wav");
  end (&told, "done.wav", APP_WATCH_FAILED);
  app_watch_list_look (told.list, nothing, told.now_us);
  assert_next (&told, NULL);
  app_watch_state_free (nothing);
  look_after (&told, 10);
  assert_next (&told, NULL);
  look_after (&told, 2);
  assert_next (&told, "waits.wav");
  assert_next (&told, NULL);
}

static void
test_names (void)
{
  static const char *const yes[] = { "talk.wav", "a/TALK.MP3", "x.tar.flac", "memo.m4a" };
  static const char *const no[] = { "talk.txt",  "talk.srt", "talk.json", "talk.wav.part",
                                    ".talk.wav", "a/.b.wav", "wav",       ".wav",
                                    "talk.",     "x.md" };

  for (guint i = 0; i < G_N_ELEMENTS (yes); i++)
    g_assert_true (app_watch_is_recording (yes[i]));
  for (guint i = 0; i < G_N_ELEMENTS (no); i++)
    g_assert_false (app_watch_is_recording (no[i]));
}

/* On the disk. */

typedef struct {
  char *root;
  AppWatchFolder folder;
} Disk;

static void
set_up (Disk *disk, gconstpointer data)
{
  disk->root = g_dir_make_tmp ("hearsay-watch-XXXXXX", NULL);
  disk->folder.path = g_build_filename (disk->root, "in", NULL);
  disk->folder.ending = g_strdup ("txt");
  g_assert_cmpint (g_mkdir (disk->folder.path, 0700), ==, 0);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL) {
    g_autofree char *child = g_build_filename (path, name, NULL);
    if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
      remove_all (child);
    g_unlink (child);
  }
  g_rmdir (path);
}

static void
tear_down (Disk *disk, gconstpointer data)
{
  remove_all (disk->root);
  app_watch_folder_clear (&disk->folder);
  g_free (disk->root);
}

/* (transfer full): its path. */
static char *
write_file (const Disk *disk, const char *name, const char *text)
{
  char *path = g_build_filename (disk->folder.path, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_mkdir_with_parents (parent, 0700);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

static void
put (const Disk *disk, const char *name, const char *text)
{
  g_free (write_file (disk, name, text));
}

static void
assert_says (const char *path, const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const AppWatchFile *const *first = a;
  const AppWatchFile *const *second = b;

  return strcmp ((*first)->name, (*second)->name);
}

/* The names of the recordings, in one string. */
static char *
list_names (const Disk *disk)
{
  g_autoptr (AppWatchState) state = app_watch_folder_read (&disk->folder, NULL, NULL);
  GString *all = g_string_new (NULL);

  g_assert_nonnull (state);
  g_ptr_array_sort (state->recordings, compare_names);
  for (guint i = 0; i < state->recordings->len; i++)
    g_string_append_printf (all, "%s ", ((AppWatchFile *) state->recordings->pdata[i])->name);
  return g_string_free (all, FALSE);
}

static void
test_read (Disk *disk, gconstpointer data)
{
  g_autoptr (AppWatchState) state = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *flat = NULL;
  g_autofree char *deep = NULL;
  g_autofree char *loop = g_build_filename (disk->folder.path, "sub", "loop", NULL);

  put (disk, "a.wav", "a");
  put (disk, ".b.wav", "b");
  put (disk, "c.txt", "c");
  put (disk, "sub/d.mp3", "d");
  put (disk, "sub/d.txt", "d");
  put (disk, ".cache/e.mp3", "e");
  g_assert_cmpint (symlink ("..", loop), ==, 0);
  flat = list_names (disk);
  g_assert_cmpstr (flat, ==, "a.wav ");
  disk->folder.is_recursive = TRUE;
  deep = list_names (disk);
  g_assert_cmpstr (deep, ==, "a.wav sub/d.mp3 ");
  state = app_watch_folder_read (&disk->folder, NULL, NULL);
  g_assert_true (g_hash_table_contains (state->results, "sub/d.txt"));
  g_assert_cmpuint (state->folders->len, ==, 2);
  remove_all (disk->folder.path);
  g_assert_null (app_watch_folder_read (&disk->folder, NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
  g_assert_nonnull (strstr (error->message, "No such file"));
}

static gboolean
is_open (const Disk *disk)
{
  static const char *const settling[] = { "a.wav", NULL };
  g_autoptr (AppWatchState) state = app_watch_folder_read (&disk->folder, settling, NULL);

  return ((AppWatchFile *) state->recordings->pdata[0])->is_open;
}

static void
test_open_for_writing (Disk *disk, gconstpointer data)
{
  g_autofree char *path = write_file (disk, "a.wav", "a");
  int fd = open (path, O_WRONLY | O_APPEND);
  gboolean while_open = is_open (disk);

  close (fd);
  g_assert_false (is_open (disk));
  put (disk, "a.wav.part", "");
  g_assert_true (is_open (disk));
  if (!while_open)
    g_test_skip ("the file system gives no leases");
}

static AppWatchResult *
plan (const Disk *disk, const char *base, gint64 recording_us)
{
  return app_watch_result_new (&disk->folder, base, recording_us);
}

static void
test_write (Disk *disk, gconstpointer data)
{
  g_autoptr (AppWatchResult) result = plan (disk, "talk", 0);
  g_autoptr (AppWatchResult) again = NULL;
  g_autofree char *path = g_build_filename (disk->folder.path, "talk.txt", NULL);
  g_autofree char *second = g_build_filename (disk->folder.path, "talk (2).txt", NULL);

  g_assert_true (app_watch_result_write (result, "one", NULL));
  g_assert_cmpstr (result->path, ==, path);
  /* Ours, as it was: replaced. */
  g_assert_true (app_watch_result_write (result, "other", NULL));
  assert_says (path, "other");
  g_assert_false (g_file_test (second, G_FILE_TEST_EXISTS));
  /* Somebody edited it. */
  again = app_watch_result_copy (result);
  put (disk, "talk.txt", "mine, and longer");
  g_assert_true (app_watch_result_write (again, "third", NULL));
  assert_says (path, "mine, and longer");
  assert_says (second, "third");
  g_assert_cmpstr (again->path, ==, second);
}

static void
test_write_beside_what_is_there (Disk *disk, gconstpointer data)
{
  g_autoptr (AppWatchResult) same = plan (disk, "same", 0);
  g_autoptr (AppWatchResult) other = plan (disk, "other", 0);
  g_autofree char *path = write_file (disk, "same.txt", "words");
  g_autofree char *mine = write_file (disk, "other.txt", "mine");
  g_autofree char *names = NULL;
  GStatBuf before, after;

  g_stat (path, &before);
  g_assert_true (app_watch_result_write (same, "words", NULL));
  g_stat (path, &after);
  g_assert_cmpstr (same->path, ==, path);
  g_assert_cmpuint (before.st_ino, ==, after.st_ino);
  g_assert_true (app_watch_result_write (other, "words", NULL));
  assert_says (mine, "mine");
  g_assert_true (g_str_has_suffix (other->path, "/other (2).txt"));
  /* Nothing hidden is left. */
  g_unlink (same->path);
  g_unlink (other->path);
  g_unlink (mine);
  g_assert_cmpint (g_rmdir (disk->folder.path), ==, 0);
}

/* A recording of next year, by the clock of a camera. */
static void
test_never_older (Disk *disk, gconstpointer data)
{
  gint64 recording_us = g_get_real_time () + 365 * 24 * 3600 * (gint64) SECOND;
  g_autoptr (AppWatchResult) result = plan (disk, "talk", recording_us);
  GStatBuf info;

  g_assert_true (app_watch_result_write (result, "one", NULL));
  g_stat (result->path, &info);
  g_assert_cmpint ((gint64) info.st_mtime * SECOND, >=, recording_us);
  g_assert_true (app_watch_result_write (result, "two", NULL));
  assert_says (result->path, "two");
}

/* Why, and the old text stays. */
static void
test_full (Disk *disk, gconstpointer data)
{
  g_autoptr (AppWatchResult) result = plan (disk, "talk", 0);
  g_autoptr (GError) error = NULL;
  struct rlimit before, none;
  gboolean is_written;

  g_assert_true (app_watch_result_write (result, "one", NULL));
  signal (SIGXFSZ, SIG_IGN);
  getrlimit (RLIMIT_FSIZE, &before);
  none = (struct rlimit){ 1, before.rlim_max };
  setrlimit (RLIMIT_FSIZE, &none);
  is_written = app_watch_result_write (result, "another", &error);
  setrlimit (RLIMIT_FSIZE, &before);
  g_assert_false (is_written);
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
  g_assert_nonnull (strstr (error->message, "talk.txt: File too large"));
  assert_says (result->path, "one");
}

static void
test_into (Disk *disk, gconstpointer data)
{
  g_autoptr (AppWatchResult) result = NULL;
  g_autoptr (AppWatchState) state = NULL;
  g_autoptr (GError) error = NULL;

  disk->folder.into = g_build_filename (disk->root, "out", NULL);
  disk->folder.is_recursive = TRUE;
  put (disk, "sub/talk.wav", "a");
  put (disk, "sub/talk.txt", "not of ours");
  result = plan (disk, "sub/talk", 0);
  /* Perhaps a disk that is not there: then nothing is made in its place. */
  g_assert_false (app_watch_result_write (result, "one", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_DISK);
  g_assert_nonnull (strstr (error->message, "No such file"));
  g_mkdir (disk->folder.into, 0700);
  g_assert_true (app_watch_result_write (result, "one", NULL));
  g_assert_true (g_str_has_suffix (result->path, "/out/sub/talk.txt"));
  state = app_watch_folder_read (&disk->folder, NULL, NULL);
  g_assert_cmpuint (g_hash_table_size (state->results), ==, 1);
  g_assert_cmpuint (state->recordings->len, ==, 1);
}

#define DISK(name, test) g_test_add (name, Disk, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/watch/settles", test_settles);
  g_test_add_func ("/app/watch/open-or-empty", test_open_or_empty);
  g_test_add_func ("/app/watch/oldest-first", test_oldest_first);
  g_test_add_func ("/app/watch/results-that-are-there", test_results_that_are_there);
  g_test_add_func ("/app/watch/same-stem", test_same_stem);
  g_test_add_func ("/app/watch/same-stem-one-after-the-other", test_same_stem_one_after_the_other);
  g_test_add_func ("/app/watch/changes", test_changes);
  g_test_add_func ("/app/watch/failures", test_failures);
  g_test_add_func ("/app/watch/goes-and-returns", test_goes_and_returns);
  g_test_add_func ("/app/watch/names", test_names);
  DISK ("/app/watch/read", test_read);
  DISK ("/app/watch/open-for-writing", test_open_for_writing);
  DISK ("/app/watch/write", test_write);
  DISK ("/app/watch/write-beside-what-is-there", test_write_beside_what_is_there);
  DISK ("/app/watch/never-older", test_never_older);
  DISK ("/app/watch/full", test_full);
  DISK ("/app/watch/into", test_into);
  return g_test_run ();
}
