/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Models of the user's own in the store. */

#include <unistd.h>

#include "tests/app/model-store-fixture.h"
#include "tests/llm/tiny-tokenizer.h"

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
  /* What is read later is an id: a file would be taken without effect. */
  g_autofree char *path = write_model (f, "model.gguf", "llama");
  g_assert_false (app_model_store_set_default (f->store, path, &error));
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
                                         "{\"models\":[{\"id\":[],\"bytes\":1}]}",
                                         "{\"models\":[{\"id\":\"x\",\"bytes\":{}}]}",
                                         "{\"models\":[{\"id\":\"x\",\"bytes\":1e300}]}",
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
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
