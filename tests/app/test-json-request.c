/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Which schema a question asks for. */

#include <string.h>

#include "app/base/json-request.h"

/* The type of the property in the schema that the text asks for; "" if it has no type. */
static char *
find_type (const char *text, const char *property)
{
  g_autofree char *schema = app_json_request_find_schema (text);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;
  GError *error = NULL;

  g_assert_nonnull (schema);
  json_parser_load_from_data (parser, schema, -1, &error);
  g_assert_no_error (error);
  object = json_node_get_object (json_parser_get_root (parser));
  object = json_object_get_object_member (object, "properties");
  object = json_object_get_object_member (object, property);
  return g_strdup (json_object_get_string_member_with_default (object, "type", ""));
}

static void
test_types (void)
{
  static const char *const rows[][3] = {
    { "JSON only: {\"n\": 2}", "n", "integer" },
    { "JSON only: {\"n\": 2.5}", "n", "number" },
    { "{\"n\": number, \"name\": string} please", "n", "number" },
    { "{\"n\": number, \"name\": string} please", "name", "string" },
    { "{\"n\": \"integer\"}", "n", "integer" },
    { "{ \"is_sad\" : boolean }", "is_sad", "boolean" },
    { "{\"names\": [string]}", "names", "array" },
    { "{\"a\": \"a string of words\"}", "a", "string" },
    { "Follow {\"type\": \"object\", \"properties\": {\"n\": {\"type\": \"integer\"}}}.", "n",
      "integer" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *type = find_type (rows[i][0], rows[i][1]);

    g_assert_cmpstr (type, ==, rows[i][2]);
  }
}

/* Nobody means it, but a question can be any text. */
static void
test_deep (void)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (int i = 0; i < 200000; i++)
    g_string_append_c (text, '[');
  for (int i = 0; i < 200000; i++)
    g_string_append_c (text, ']');
  g_assert_null (app_json_request_find_schema (text->str));
}

static void
test_no_schema (void)
{
  static const char *const texts[] = { "", "How many?", "}{", "a ] b [", "{", "[}" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    g_assert_null (app_json_request_find_schema (texts[i]));
}

/* What looks like JSON and is none still has keys. */
static void
test_keys (void)
{
  g_autofree char *schema = app_json_request_find_schema ("{\"speaker\": ..., \"mood\": ...}");

  g_assert_nonnull (schema);
  g_assert_nonnull (strstr (schema, "\"speaker\""));
  g_assert_nonnull (strstr (schema, "\"mood\""));
}

static void
test_words (void)
{
  g_auto (GStrv) quoted = app_json_request_list_words ("keys \"who\" and \"mood\" and \"who\"");
  g_auto (GStrv) plain = app_json_request_list_words ("who, mood");

  g_assert_cmpuint (g_strv_length (quoted), ==, 2);
  g_assert_cmpstr (quoted[1], ==, "mood");
  g_assert_cmpuint (g_strv_length (plain), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/app/json-request/deep", test_deep);
  g_test_add_func ("/json-request/types", test_types);
  g_test_add_func ("/json-request/no-schema", test_no_schema);
  g_test_add_func ("/json-request/keys", test_keys);
  g_test_add_func ("/json-request/words", test_words);
  return g_test_run ();
}
