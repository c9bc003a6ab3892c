/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/models/catalogue.h"

#include <string.h>

#include "app/base/data-files.h"

#define SHA256 "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
#define GOOD                                                                                       \
  "{\"format\":1,\"models\":[{\"id\":\"m-1.0\",\"title\":\"M\",\"task\":\"chat\","                 \
  "\"set\":\"default\",\"licence\":\"MIT\",\"languages\":[\"en\",\"zh\"],\"bytes\":12,"            \
  "\"sha256\":\"" SHA256 "\",\"memory_bytes\":34,"                                                 \
  "\"sources\":[{\"client\":\"pip\",\"packages\":[]},{\"url\":\"https://example.org/m\"}]}]}"

static void
test_good (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (AppCatalogue) catalogue = app_catalogue_parse (GOOD, -1, "c.json", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (app_catalogue_get_n_entries (catalogue), ==, 1);
  const AppCatalogueEntry *entry = app_catalogue_find (catalogue, "m-1.0");
  g_assert_true (entry == app_catalogue_get_entry (catalogue, 0));
  g_assert_true (entry == app_catalogue_find_default (catalogue, APP_TASK_CHAT));
  g_assert_null (app_catalogue_find_default (catalogue, APP_TASK_VAD));
  g_assert_null (app_catalogue_find (catalogue, "m"));
  g_assert_cmpstr (entry->title, ==, "M");
  g_assert_cmpstr (entry->languages[1], ==, "zh");
  g_assert_null (entry->languages[2]);
  g_assert_cmpuint (entry->n_bytes, ==, 12);
  g_assert_cmpuint (entry->memory_bytes, ==, 34);
  g_assert_cmpstr (entry->sha256, ==, SHA256);
  g_assert_true (entry->has_packages);
  g_assert_cmpstr (entry->url, ==, "https://example.org/m");
}

/* The good catalogue with `from` replaced by `to`, and what is said of it. */
static const struct {
  const char *from;
  const char *to;
  const char *message;
} damages[] = {
  { "{\"format\":1", "[", "c.json: " },
  { "\"format\":1", "\"format\":2", "not a catalogue of format 1" },
  { "\"models\":[", "\"models\":[7,", "a list of objects" },
  { "\"id\":\"m-1.0\"", "\"id\":\"../m\"", "“id” must be letters" },
  { "\"id\":\"m-1.0\"", "\"id\":7", "“id” must be a string" },
  { "\"title\":\"M\",", "", "model m-1.0: “title” must be a string" },
  { "\"task\":\"chat\"", "\"task\":\"sing\"", "“task” must be chat" },
  { "\"languages\":[\"en\"", "\"languages\":[7", "“languages” must be a list of strings" },
  { "[\"en\",\"zh\"]", "\"en\"", "“languages” must be a list" },
  { "\"bytes\":12", "\"bytes\":-12", "“bytes” must be a positive number" },
  { "\"bytes\":12", "\"bytes\":\"12\"", "“bytes” must be a positive number" },
  { "\"sha256\":\"c", "\"sha256\":\"C", "“sha256” must be 64" },
  { "\"sha256\":\"c", "\"sha256\":\"", "“sha256” must be 64" },
  { "https://example.org", "http://example.org", "“url” must be an https" },
  { "\"packages\"", "\"parcels\"", "“sources” must be a list of" },
};

static void
test_damages (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (damages); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (GString) text = g_string_new (GOOD);
    g_assert_cmpuint (g_string_replace (text, damages[i].from, damages[i].to, 1), ==, 1);
    g_assert_null (app_catalogue_parse (text->str, -1, "c.json", &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
    if (strstr (error->message, damages[i].message) == NULL)
      g_error ("“%s” does not say “%s”", error->message, damages[i].message);
  }
}

static void
test_truncations (void)
{
  for (gsize length = 0; length < strlen (GOOD); length++) {
    g_autoptr (GError) error = NULL;
    g_assert_null (app_catalogue_parse (GOOD, (gssize) length, "c.json", &error));
    g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
  }
}

static void
test_twice (void)
{
  g_autoptr (GError) error = NULL;
  const char *model = strchr (GOOD, '[') + 1;
  g_autofree char *once = g_strndup (model, strlen (model) - 2);
  g_autofree char *text = g_strdup_printf ("{\"format\":1,\"models\":[%s,%s]}", once, once);
  g_assert_null (app_catalogue_parse (text, -1, "c.json", &error));
  g_assert_nonnull (strstr (error->message, "given once"));
}

static void
test_ids (void)
{
  static const char *const good[] = { "a", "whisper-base", "qwen2.5-1.5b_q4", "9" };
  static const char *const bad[] = { "", ".", "..", ".a", "-a", "a/b", "a b", "ä", "a\n" };
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    g_assert_true (app_model_id_is_valid (good[i]));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_false (app_model_id_is_valid (bad[i]));
  g_assert_false (app_model_id_is_valid (NULL));
}

/* What the program ships. */
static void
test_ours (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = app_data_file_find ("data/models.json", &error);
  g_assert_no_error (error);
  g_autoptr (AppCatalogue) catalogue = app_catalogue_load (path, &error);
  g_assert_no_error (error);
  for (AppTask task = APP_TASK_CHAT; task <= APP_TASK_SPEAKER; task++)
    g_assert_nonnull (app_catalogue_find_default (catalogue, task));
  g_assert_null (app_data_file_find ("data/nothing.json", &error));
  g_assert_error (error, APP_ERROR, APP_ERROR_CATALOGUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/catalogue/good", test_good);
  g_test_add_func ("/catalogue/damages", test_damages);
  g_test_add_func ("/catalogue/truncations", test_truncations);
  g_test_add_func ("/catalogue/twice", test_twice);
  g_test_add_func ("/catalogue/ids", test_ids);
  g_test_add_func ("/catalogue/ours", test_ours);
  return g_test_run ();
}
