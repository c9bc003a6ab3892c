/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/room.h"

#include <glib/gstdio.h>
#include <string.h>

#include "app/models/machine.h"
#include "tests/support/folder.h"
#include "tests/support/gguf-builder.h"

#define MB 1000000ull

typedef struct {
  char *folder;
  char *catalogue;
  AppModelStore *store;
} Fixture;

static void
add_entry (GString *text, const char *id, const char *task, const char *set, guint64 memory_bytes)
{
  g_string_append_printf (
      text,
      "%s{\"id\":\"%s\",\"title\":\"T\",\"task\":\"%s\",\"set\":\"%s\",\"licence\":\"MIT\","
      "\"languages\":[],\"bytes\":5,\"sha256\":\"%064d\",\"memory_bytes\":%" G_GUINT64_FORMAT
      ",\"sources\":[{\"packages\":[]}]}",
      text->str[text->len - 1] == '[' ? "" : ",", id, task, set, 0, memory_bytes);
}

static char *
in_folder (const Fixture *f, const char *name)
{
  return g_build_filename (f->folder, name, NULL);
}

static void
put (const Fixture *f, const char *name, const char *text)
{
  g_autofree char *path = in_folder (f, name);
  g_autofree char *folder = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("{\"format\":1,\"models\":[");
  f->folder = g_dir_make_tmp ("hearsay-room-XXXXXX", NULL);
  f->catalogue = in_folder (f, "models.json");
  add_entry (text, "large", "chat", "default", 1700 * MB);
  add_entry (text, "middle", "chat", "extra", 700 * MB);
  add_entry (text, "small", "chat", "extra", 250 * MB);
  add_entry (text, "ear", "listen", "default", 300 * MB);
  g_string_append (text, "]}");
  g_assert_true (g_file_set_contents (f->catalogue, text->str, -1, NULL));
  f->store = app_model_store_new (
      &(AppModelStoreOptions){ .folder = f->folder, .catalogue = f->catalogue }, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  app_model_store_free (f->store);
  test_folder_remove (f->folder);
  g_free (f->folder);
  g_free (f->catalogue);
}

static void
assert_refused (const Fixture *f, const char *file, AppTask task, guint64 free_bytes,
                const char *part)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (f, file);
  g_assert_false (app_room_check (f->store, path, task, free_bytes, &error));
  g_assert_error (error, NN_ERROR, NN_ERROR_MEMORY);
  g_assert_nonnull (strstr (error->message, file));
  if (strstr (error->message, part) == NULL)
    g_error ("“%s” does not say “%s”", error->message, part);
}

static void
test_what_fits (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = in_folder (f, "large.gguf");
  g_assert_true (app_room_check (f->store, path, APP_TASK_CHAT, 1700 * MB, &error));
  g_assert_no_error (error);
  assert_refused (f, "large.gguf", APP_TASK_CHAT, 1000 * MB, "1.7\302\240GB of memory");
  assert_refused (f, "large.gguf", APP_TASK_CHAT, 1000 * MB, "1.0\302\240GB are free");
  /* The largest, and how to get it; one that is there already goes first. */
  assert_refused (f, "large.gguf", APP_TASK_CHAT, 1000 * MB, "hearsay models install middle");
  put (f, "small.gguf", "12345");
  assert_refused (f, "large.gguf", APP_TASK_CHAT, 1000 * MB, "use --model small");
  assert_refused (f, "large.gguf", APP_TASK_CHAT, 100 * MB, "no model for this fits");
  assert_refused (f, "ear.gguf", APP_TASK_LISTEN, 200 * MB, "no model for this fits");
}

/* A file of the user's own is judged by its tensors: one of a format that is unpacked needs more.
 */
static void
test_own_file (Fixture *f, gconstpointer data)
{
  guint64 needs[2];
  static const struct {
    uint32_t type;
    size_t n_bytes;
  } kinds[] = { { 12, 144 }, { 11, 110 } }; /* Q4_K, Q3_K: bytes of 256 values */
  for (int i = 0; i < 2; i++) {
    const int64_t dims[] = { 256, 4096 };
    g_autofree char *path = in_folder (f, "own.gguf");
    g_autofree char *values = g_malloc0 (kinds[i].n_bytes * 4096);
    g_autoptr (GgufBuilder) builder = gguf_builder_new ();
    gguf_builder_add_string (builder, "general.architecture", "llama");
    gguf_builder_add_tensor (builder, "w", kinds[i].type, 2, dims, values, kinds[i].n_bytes * 4096);
    gguf_builder_write (builder, path);
    needs[i] = app_room_get_need (f->store, path);
    g_assert_cmpuint (needs[i], ==, app_room_get_need (NULL, path));
    assert_refused (f, "own.gguf", APP_TASK_CHAT, 1 * MB, "no model for this fits");
  }
  g_assert_cmpuint (needs[1] - needs[0], ==, 256 * 4096 * 9 / 8 - 144 * 4096);
  put (f, "own.gguf", "not a model");
  g_autofree char *path = in_folder (f, "own.gguf");
  g_assert_cmpuint (app_room_get_need (f->store, path), ==, 0);
  g_assert_true (app_room_check (f->store, path, APP_TASK_CHAT, 0, NULL));
}

static void
test_memory_of_a_container (Fixture *f, gconstpointer data)
{
  AppMemory memory;
  put (f, "proc/meminfo", "MemTotal: 16000000 kB\nMemAvailable: 9000000 kB\nSwapFree: 5 kB\n");
  app_machine_get_memory_at (f->folder, &memory);
  g_assert_cmpuint (memory.limit_bytes, ==, 0);
  g_assert_cmpuint (memory.swap_free_bytes, ==, 5 * 1024);
  put (f, "proc/self/cgroup", "0::/box\n");
  put (f, "sys/fs/cgroup/box/memory.max", "max\n");
  app_machine_get_memory_at (f->folder, &memory);
  g_assert_cmpuint (memory.limit_bytes, ==, 0);
  put (f, "sys/fs/cgroup/box/memory.max", "2000000000\n");
  put (f, "sys/fs/cgroup/box/memory.current", "700000000\n");
  put (f, "sys/fs/cgroup/box/memory.stat", "anon 1\ninactive_file 200000000\n");
  app_machine_get_memory_at (f->folder, &memory);
  g_assert_cmpuint (memory.limit_bytes, ==, 2000000000);
  g_assert_cmpuint (memory.limit_free_bytes, ==, 1500000000);
  /* Version 1, where no limit is a number near 2^63. */
  put (f, "proc/self/cgroup", "4:memory:/box\n");
  put (f, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  app_machine_get_memory_at (f->folder, &memory);
  g_assert_cmpuint (memory.limit_bytes, ==, 0);
  put (f, "sys/fs/cgroup/memory/memory.limit_in_bytes", "1000000000\n");
  put (f, "sys/fs/cgroup/memory/memory.usage_in_bytes", "1000000001\n");
  app_machine_get_memory_at (f->folder, &memory);
  g_assert_cmpuint (memory.limit_bytes, ==, 1000000000);
  g_assert_cmpuint (memory.limit_free_bytes, ==, 0);
}

static void
test_this_machine (void)
{
  g_assert_cmpuint (app_room_get_free (), >, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/room/what-fits", Fixture, NULL, set_up, test_what_fits, tear_down);
  g_test_add ("/room/own-file", Fixture, NULL, set_up, test_own_file, tear_down);
  g_test_add ("/room/container", Fixture, NULL, set_up, test_memory_of_a_container, tear_down);
  g_test_add_func ("/room/this-machine", test_this_machine);
  return g_test_run ();
}
