/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/model-store.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/llm/tiny-tokenizer.h"
#include "tests/support/file-server.h"
#include "tests/support/folder.h"

#define CONTENT "the content of the model"
#define TIMEOUT_S 30

/* A store with two models in its catalogue: "web" from a server, "pack" from packages that a shell
 * script stands for. */
typedef struct {
  FileServer *server;
  char *folder;
  char *store_folder;
  char *catalogue;
  char *tool;
  AppModelStore *store;
  AppInstallContext context;
  atomic_bool cancel;
  AppInstallStage cancel_at; /* if cancels */
  gboolean cancels;
  GString *seen; /* the stages, one letter each */
  char *note;
} Fixture;

static void
on_progress (const AppInstallProgress *progress, gpointer user_data)
{
  Fixture *f = user_data;
  char letter = "wFCKN"[progress->stage];
  if (f->seen->len == 0 || f->seen->str[f->seen->len - 1] != letter)
    g_string_append_c (f->seen, letter);
  if (progress->detail != NULL) {
    g_free (f->note);
    f->note = g_strdup (progress->detail);
  }
  if (progress->stage == APP_INSTALL_WAITING) /* lets the first installer go on */
    atomic_store (&f->server->hangs, false);
  if (f->cancels && progress->stage == f->cancel_at)
    atomic_store (&f->cancel, true);
  errno = ENOTTY; /* drawing progress may leave anything there */
}

static void
write_catalogue (Fixture *f, const char *sha256, gboolean pack_has_url)
{
  g_autofree char *url = file_server_url (f->server, "/model");
  g_autofree char *second =
      pack_has_url ? g_strdup_printf (",{\"url\":\"%s\"}", url) : g_strdup ("");
  g_autofree char *text = g_strdup_printf (
      "{\"format\":1,\"models\":["
      "{\"id\":\"web\",\"title\":\"Web\",\"task\":\"chat\",\"set\":\"default\","
      "\"licence\":\"MIT\",\"languages\":[\"en\"],\"bytes\":%zu,\"sha256\":\"%s\","
      "\"memory_bytes\":1,\"sources\":[{\"url\":\"%s\"}]},"
      "{\"id\":\"pack\",\"title\":\"Pack\",\"task\":\"listen\",\"set\":\"default\","
      "\"licence\":\"MIT\",\"languages\":[],\"bytes\":%zu,\"sha256\":\"%s\","
      "\"memory_bytes\":1,\"sources\":[{\"packages\":[]}%s]}]}",
      strlen (CONTENT), sha256, url, strlen (CONTENT), sha256, second);
  g_assert_true (g_file_set_contents (f->catalogue, text, -1, NULL));
}

static void
open_store (Fixture *f)
{
  g_autoptr (GError) error = NULL;
  g_clear_pointer (&f->store, app_model_store_free);
  f->store = app_model_store_new (&(AppModelStoreOptions){ .folder = f->store_folder,
                                                           .catalogue = f->catalogue,
                                                           .tool = f->tool },
                                  &error);
  g_assert_no_error (error);
}

/* What runs in place of tools/models; $5 is the store, $3 the id. */
static void
write_tool (Fixture *f, const char *body)
{
  g_autofree char *text = g_strconcat ("#!/bin/sh\n", body, NULL);
  g_assert_true (g_file_set_contents (f->tool, text, -1, NULL));
  g_assert_cmpint (g_chmod (f->tool, 0755), ==, 0);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->server = file_server_new (CONTENT, strlen (CONTENT));
  f->folder = g_dir_make_tmp ("hearsay-store-XXXXXX", NULL);
  f->store_folder = g_build_filename (f->folder, "store", NULL);
  f->catalogue = g_build_filename (f->folder, "models.json", NULL);
  f->tool = g_build_filename (f->folder, "tool", NULL);
  f->seen = g_string_new (NULL);
  f->context = (AppInstallContext){ on_progress, f, &f->cancel };
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, CONTENT, -1);
  write_catalogue (f, sha256, FALSE);
  open_store (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  app_model_store_free (f->store);
  file_server_free (f->server);
  test_folder_remove (f->folder);
  g_free (f->folder);
  g_free (f->store_folder);
  g_free (f->catalogue);
  g_free (f->tool);
  g_free (f->note);
  g_string_free (f->seen, TRUE);
}

static char *
in_store (Fixture *f, const char *name)
{
  return g_build_filename (f->store_folder, name, NULL);
}

static void
assert_holds (Fixture *f, const char *id, const char *expected)
{
  g_autofree char *name = g_strconcat (id, ".gguf", NULL);
  g_autofree char *path = in_store (f, name);
  g_autofree char *content = NULL;
  g_assert_true (g_file_get_contents (path, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, expected);
}

/* Neither a model nor what was to become one. */
static void
assert_empty (Fixture *f)
{
  for (int i = 0; i < 2; i++) {
    g_autofree char *path = in_store (f, i == 0 ? "." : ".staging");
    g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
    const char *name;
    while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
      if (name[0] != '.')
        g_error ("%s was left in %s", name, path);
  }
}

static void
assert_fails (Fixture *f, const char *id, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_install (f->store, id, &f->context, &error));
  g_assert_error (error, APP_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static void
assert_installs (Fixture *f, const char *id)
{
  g_autoptr (GError) error = NULL;
  gboolean ok = app_model_store_install (f->store, id, &f->context, &error);
  g_assert_no_error (error);
  g_assert_true (ok);
  assert_holds (f, id, CONTENT);
}

static void
test_paths (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (app_model_store_get_path (f->store, "web", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_assert_cmpstr (error->message, ==, "web is not installed; run: hearsay models install web");
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path (f->store, "other", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path (f->store, "./none.gguf", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_null (app_model_store_get_path_for_task (f->store, APP_TASK_VAD, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);

  assert_installs (f, "web");
  g_autofree char *expected = in_store (f, "web.gguf");
  g_autofree char *by_id = app_model_store_get_path (f->store, "web", &error);
  g_autofree char *by_path = app_model_store_get_path (f->store, expected, &error);
  g_autofree char *by_task = app_model_store_get_path_for_task (f->store, APP_TASK_CHAT, &error);
  g_assert_cmpstr (by_id, ==, expected);
  g_assert_cmpstr (by_path, ==, expected);
  g_assert_cmpstr (by_task, ==, expected);
}

static void
test_require (Fixture *f, gconstpointer data)
{
  static const char *const both[] = { "web", "pack", NULL };
  static const char *const unknown[] = { "web", "other", NULL };
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_require (f->store, both, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_assert_cmpstr (error->message, ==,
                   "web, pack are not installed; run: hearsay models install web pack");
  g_clear_error (&error);
  g_assert_false (app_model_store_require (f->store, unknown, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);
  assert_installs (f, "web");
  g_assert_false (app_model_store_require (f->store, both, &error));
  g_assert_cmpstr (error->message, ==, "pack is not installed; run: hearsay models install pack");
  g_assert_true (app_model_store_require (f->store, (const char *[]){ "web", NULL }, NULL));
}

static void
test_folder (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  AppModelStoreOptions options = { .catalogue = f->catalogue };
  g_setenv ("HEARSAY_MODELS", f->store_folder, TRUE);
  g_autoptr (AppModelStore) named = app_model_store_new (&options, &error);
  g_assert_cmpstr (app_model_store_get_folder (named), ==, f->store_folder);
  g_unsetenv ("HEARSAY_MODELS");
  g_autoptr (AppModelStore) usual = app_model_store_new (&options, &error);
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "hearsay", "models", NULL);
  g_assert_cmpstr (app_model_store_get_folder (usual), ==, folder);
}

static void
test_install_from_an_address (Fixture *f, gconstpointer data)
{
  assert_installs (f, "web");
  g_assert_cmpstr (f->seen->str, ==, "FK");
  assert_installs (f, "web"); /* nothing to do */
  g_assert_cmpint (f->server->n_requests, ==, 1);
  assert_fails (f, "other", APP_ERROR_CATALOGUE, "no model other");
}

/* What was fetched whole is not fetched again, unless it is something else. */
static void
test_stopped_while_checking (Fixture *f, gconstpointer data)
{
  g_autofree char *staging = in_store (f, ".staging");
  g_autofree char *partial = g_build_filename (staging, "web.download", NULL);
  g_autofree char *path = in_store (f, "web.gguf");
  g_assert_cmpint (g_mkdir_with_parents (staging, 0755), ==, 0);
  g_assert_true (g_file_set_contents (partial, CONTENT, -1, NULL));
  assert_installs (f, "web");
  g_assert_cmpint (f->server->n_requests, ==, 0);
  g_assert_true (g_file_set_contents (partial, "The content of the model", -1, NULL));
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_installs (f, "web");
  g_assert_cmpint (f->server->n_requests, ==, 1);
}

static void
test_wrong_content (Fixture *f, gconstpointer data)
{
  file_server_set_content (f->server, "The content of the model", strlen (CONTENT));
  assert_fails (f, "web", APP_ERROR_CHECKSUM, "expected");
  assert_empty (f);
  file_server_set_content (f->server, CONTENT "!", strlen (CONTENT) + 1);
  assert_fails (f, "web", APP_ERROR_CHECKSUM, "25 bytes, expected 24");
  assert_empty (f);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  f->server->status = "404 Not Found";
  assert_fails (f, "web", APP_ERROR_DOWNLOAD, "404 Not Found");
  assert_fails (f, "web", APP_ERROR_DOWNLOAD, "to try again, run: hearsay models install web");
  assert_empty (f);
  f->server->status = NULL;
  g_setenv ("HEARSAY_TEST_FREE_BYTES", "10", TRUE);
  assert_fails (f, "web", APP_ERROR_DISK, "has 10 bytes free");
  g_unsetenv ("HEARSAY_TEST_FREE_BYTES");
  assert_empty (f);
}

static void
test_folder_that_cannot_be_written (Fixture *f, gconstpointer data)
{
  g_free (f->store_folder);
  f->store_folder = g_strdup ("/proc/hearsay/models");
  open_store (f);
  assert_fails (f, "web", APP_ERROR_DISK, "cannot write to the model folder /proc/hearsay/models");
}

typedef struct {
  Fixture *f;
  AppModelStore *store;
} Second;

static gpointer
install_web (gpointer user_data)
{
  Second *second = user_data;
  g_autoptr (GError) error = NULL;
  gboolean ok = app_model_store_install (second->store, "web", NULL, &error);
  g_assert_no_error (error);
  return GINT_TO_POINTER (ok);
}

/* The first hangs in the middle of its download until the second says that it waits. */
static void
test_two_at_once (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  f->server->cut_after = 3;
  f->server->n_cuts = 1;
  f->server->hangs = true;
  Second second = { .f = f };
  second.store = app_model_store_new (
      &(AppModelStoreOptions){ .folder = f->store_folder, .catalogue = f->catalogue }, &error);
  GThread *thread = g_thread_new ("second", install_web, &second);
  gint64 deadline = g_get_monotonic_time () + TIMEOUT_S * G_USEC_PER_SEC;
  while (atomic_load (&f->server->n_requests) == 0 && g_get_monotonic_time () < deadline)
    g_thread_yield ();
  assert_installs (f, "web");
  g_assert_true (GPOINTER_TO_INT (g_thread_join (thread)));
  g_assert_cmpstr (f->seen->str, ==, "w");
  g_assert_true (g_str_has_prefix (f->note, "process "));
  g_assert_cmpint (f->server->n_requests, ==, 2); /* both of the first */
  app_model_store_free (second.store);
}

static void
test_cancel (Fixture *f, gconstpointer data)
{
  f->server->cut_after = 3;
  f->server->n_cuts = 1;
  f->server->hangs = true;
  f->cancels = TRUE;
  f->cancel_at = APP_INSTALL_FETCHING;
  assert_fails (f, "web", APP_ERROR_CANCELLED, "stopped");
  f->cancels = FALSE;
  atomic_store (&f->cancel, false);
  f->server->hangs = false;
  assert_installs (f, "web");
  g_assert_cmpstr (f->server->last_range, ==, "bytes=3-");
}

static void
test_packages (Fixture *f, gconstpointer data)
{
  write_tool (f, "echo '{\"event\":\"note\",\"text\":\"hello\"}'\n"
                 "echo 'not JSON'; echo '[]'\n"
                 "echo '{\"event\":\"fetching\",\"done\":5,\"total\":10}'\n"
                 "echo '{\"event\":\"converting\",\"done\":5,\"total\":10}'\n"
                 "printf '" CONTENT "' > \"$5/$2.gguf\"\n"
                 "echo '{\"event\":\"done\"}'\n");
  assert_installs (f, "pack");
  g_assert_cmpstr (f->seen->str, ==, "NFC");
  g_assert_cmpstr (f->note, ==, "hello");
}

static void
test_packages_fail (Fixture *f, gconstpointer data)
{
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "cannot run");
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"disk\",\"message\":\"full\"}'; exit 1");
  assert_fails (f, "pack", APP_ERROR_DISK, "full");
  write_tool (f, "exit 127");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "apt-get install python3-pip");
  write_tool (f, "exit 0");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "broke off");
  write_tool (f, "kill -9 $$");
  assert_fails (f, "pack", APP_ERROR_DOWNLOAD, "broke off");
}

static void
test_second_source (Fixture *f, gconstpointer data)
{
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, CONTENT, -1);
  write_catalogue (f, sha256, TRUE);
  open_store (f);
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"disk\",\"message\":\"full\"}'; exit 1");
  assert_fails (f, "pack", APP_ERROR_DISK, "full");
  g_assert_cmpint (f->server->n_requests, ==, 0);
  write_tool (f, "echo '{\"event\":\"error\",\"kind\":\"download\",\"message\":\"no index\"}'\n"
                 "exit 1");
  assert_installs (f, "pack");
  g_assert_true (g_str_has_prefix (f->note, "no index; trying http"));
}

static void
test_cancel_packages (Fixture *f, gconstpointer data)
{
  write_tool (f, "echo '{\"event\":\"fetching\",\"done\":5,\"total\":10}'\nexec sleep 600\n");
  f->cancels = TRUE;
  f->cancel_at = APP_INSTALL_FETCHING;
  gint64 start = g_get_monotonic_time ();
  assert_fails (f, "pack", APP_ERROR_CANCELLED, "stopped");
  g_assert_cmpint (g_get_monotonic_time () - start, <, TIMEOUT_S * G_USEC_PER_SEC);
}

static void
test_verify_and_remove (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_remove (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_false (app_model_store_verify (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_false (app_model_store_verify (f->store, "other", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  g_clear_error (&error);

  assert_installs (f, "web");
  g_assert_true (app_model_store_verify (f->store, "web", &f->context, &error));
  g_autofree char *path = in_store (f, "web.gguf");
  g_assert_true (g_file_set_contents (path, "the content of the mode?", -1, NULL));
  g_assert_false (app_model_store_verify (f->store, "web", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CHECKSUM);
  g_clear_error (&error);
  g_assert_true (app_model_store_remove (f->store, "web", NULL, &error));
  assert_empty (f);
  g_assert_false (app_model_store_remove (f->store, "../models", NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
}

/* (transfer full): the path of a chat model of an architecture, complete but for its weights. */
static char *
write_model (Fixture *f, const char *name, const char *arch)
{
  static const char *const no_words[] = { NULL };
  static const char *const numbers[] = { "block_count", "context_length", "embedding_length",
                                         "feed_forward_length", "attention.head_count" };
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  gguf_builder_add_string (builder, "general.architecture", arch);
  gguf_builder_add_string (builder, "general.name", "Tiny");
  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++) {
    g_autofree char *key = g_strdup_printf ("%s.%s", arch, numbers[i]);
    gguf_builder_add_u32 (builder, key, i == 4 ? 2 : 16);
  }
  g_autofree char *eps = g_strdup_printf ("%s.attention.layer_norm_rms_epsilon", arch);
  gguf_builder_add_f32 (builder, eps, 1e-5f);
  tiny_tokenizer_add (builder, no_words);
  char *path = g_build_filename (f->folder, name, NULL);
  gguf_builder_write (builder, path);
  return path;
}

static const AppModel *
find_model (GPtrArray *models, const char *id)
{
  for (guint i = 0; i < models->len; i++) {
    const AppModel *model = g_ptr_array_index (models, i);
    if (g_str_equal (model->id, id))
      return model;
  }
  return NULL;
}

static void
test_add (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_model (f, "My Model (v2).gguf", "llama");
  g_autofree char *id = app_model_store_add (f->store, path, &f->context, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "my-model--v2-");
  g_assert_true (app_model_store_verify (f->store, id, NULL, &error));
  g_autoptr (GPtrArray) models = app_model_store_list (f->store, &error);
  const AppModel *model = find_model (models, id);
  g_assert_cmpstr (model->set, ==, "added");
  g_assert_cmpstr (model->title, ==, "Tiny");
  g_assert_true (model->is_installed);
  g_assert_false (model->is_default);
  g_assert_true (g_file_test (path, G_FILE_TEST_EXISTS));

  g_assert_null (app_model_store_add (f->store, path, NULL, &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);

  g_assert_true (app_model_store_set_default (f->store, id, &error));
  g_autofree char *chosen = app_model_store_get_default (f->store, APP_TASK_CHAT);
  g_assert_cmpstr (chosen, ==, id);
  g_assert_true (app_model_store_remove (f->store, id, NULL, &error));
  g_autofree char *usual = app_model_store_get_default (f->store, APP_TASK_CHAT);
  g_assert_cmpstr (usual, ==, "web");
  g_autoptr (GPtrArray) fewer = app_model_store_list (f->store, &error);
  g_assert_null (find_model (fewer, id));
}

static void
test_default (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_assert_false (app_model_store_set_default (f->store, "web", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_NOT_INSTALLED);
  g_clear_error (&error);
  g_assert_false (app_model_store_set_default (f->store, "pack", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_ARGUMENT);
  g_clear_error (&error);
  g_assert_true (app_model_store_set_default (f->store, NULL, &error));
}

static void
test_add_from_an_address (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_model (f, "model.gguf", "qwen2");
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (path, &content, &length, NULL));
  file_server_set_content (f->server, content, length);
  g_autofree char *url = file_server_url (f->server, "/far/Other.gguf?download=true");
  g_autofree char *id = app_model_store_add (f->store, url, &f->context, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "other");
  g_assert_true (app_model_store_verify (f->store, id, NULL, &error));
}

/* A file of the catalogue that the user has already is that model. */
static void
test_add_what_the_catalogue_has (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (f->folder, "whatever.bin", NULL);
  g_assert_true (g_file_set_contents (path, CONTENT, -1, NULL));
  g_autofree char *id = app_model_store_add (f->store, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "web");
  assert_holds (f, "web", CONTENT);
}

/* What cannot be linked to is copied, in more than one piece. */
static void
test_add_by_copying (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_model (f, "large.gguf", "llama");
  g_autofree char *link = g_build_filename (f->folder, "link.gguf", NULL);
  g_assert_cmpint (truncate (path, 3 << 20), ==, 0);
  g_assert_cmpint (symlink (path, link), ==, 0);
  g_autofree char *id = app_model_store_add (f->store, link, &f->context, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "link");
  g_assert_true (app_model_store_verify (f->store, id, NULL, &error));
}

/* The file in the store and the one to be added are one. */
static void
test_add_what_is_there (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  assert_installs (f, "web");
  g_autofree char *path = in_store (f, "web.gguf");
  g_autofree char *id = app_model_store_add (f->store, path, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (id, ==, "web");
  g_assert_cmpint (g_unlink (path), ==, 0);
  assert_empty (f);
}

static void
assert_not_added (Fixture *f, const char *file, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (app_model_store_add (f->store, file, NULL, &error));
  g_assert_nonnull (error);
  if (strstr (error->message, message) == NULL || strchr (error->message, '\n') != NULL)
    g_error ("“%s” does not say “%s” in one line", error->message, message);
  assert_empty (f);
}

static void
test_add_what_does_not_fit (Fixture *f, gconstpointer data)
{
  g_autofree char *path = write_model (f, "m.gguf", "mamba");
  assert_not_added (f, path, "m.gguf: the architecture “mamba” is not supported");
  g_autofree char *good = write_model (f, "m.gguf", "llama");
  g_autofree char *content = NULL;
  gsize length = 0;
  g_assert_true (g_file_get_contents (good, &content, &length, NULL));
  g_assert_true (g_file_set_contents (good, content, (gssize) length / 2, NULL));
  assert_not_added (f, good, "m.gguf");
  g_assert_true (g_file_set_contents (good, "hello, I am a foreign file", -1, NULL));
  assert_not_added (f, good, "m.gguf: header: not a GGUF file");
  g_assert_true (g_file_set_contents (good, "", 0, NULL));
  assert_not_added (f, good, "m.gguf");
  assert_not_added (f, "/nowhere/m.gguf", "there is no file");
  assert_not_added (f, f->folder, "there is no file");
  assert_not_added (f, "/nowhere/???", "no name for a model");
  assert_not_added (f, "http://example.org/m.gguf", "is not an https address");
}

static void
test_damaged_list (Fixture *f, gconstpointer data)
{
  static const char *const damaged[] = { "",
                                         "[]",
                                         "{\"models\":7}",
                                         "{\"models\":[7]}",
                                         "{\"models\":[{\"id\":\"../x\",\"bytes\":1}]}",
                                         "{\"models\":[{\"id\":7,\"bytes\":1}]}",
                                         "{\"models\":[{\"id\":\"x\",\"bytes\":0}]}" };
  g_autofree char *path = in_store (f, "added.json");
  assert_installs (f, "web");
  for (guint i = 0; i < G_N_ELEMENTS (damaged); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, damaged[i], -1, NULL));
    g_assert_null (app_model_store_list (f->store, &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  }
}

#define ADD(name, function)                                                                        \
  g_test_add ("/model-store/" name, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("paths", test_paths);
  ADD ("folder", test_folder);
  ADD ("require", test_require);
  ADD ("install-from-an-address", test_install_from_an_address);
  ADD ("stopped-while-checking", test_stopped_while_checking);
  ADD ("wrong-content", test_wrong_content);
  ADD ("refused", test_refused);
  ADD ("unwritable", test_folder_that_cannot_be_written);
  ADD ("two-at-once", test_two_at_once);
  ADD ("cancel", test_cancel);
  ADD ("packages", test_packages);
  ADD ("packages-fail", test_packages_fail);
  ADD ("second-source", test_second_source);
  ADD ("cancel-packages", test_cancel_packages);
  ADD ("verify-and-remove", test_verify_and_remove);
  ADD ("add", test_add);
  ADD ("default", test_default);
  ADD ("add-from-an-address", test_add_from_an_address);
  ADD ("add-from-the-catalogue", test_add_what_the_catalogue_has);
  ADD ("add-by-copying", test_add_by_copying);
  ADD ("add-what-is-there", test_add_what_is_there);
  ADD ("add-what-does-not-fit", test_add_what_does_not_fit);
  ADD ("damaged-list", test_damaged_list);
  return g_test_run ();
}
