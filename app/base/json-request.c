/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/json-request.h"

#include <string.h>

#include "app/base/json-text.h"
#include "audio/heads/heads.h"

#define MAX_TEXT 400 /* characters of a value that is a text */
#define MAX_ITEMS 30
#define MAX_WORDS 40

static void
add_schema_of_text (JsonBuilder *builder, const char *key, const char *example)
{
  g_auto (GStrv) options = g_strsplit (example, "|", -1);
  gboolean is_emotion = g_str_equal (key, "emotion"), is_gender = g_str_equal (key, "gender");

  json_builder_begin_object (builder);
  if (g_strv_length (options) > 1 || is_emotion || is_gender) {
    json_builder_set_member_name (builder, "enum");
    json_builder_begin_array (builder);
    for (guint i = 0; g_strv_length (options) > 1 && options[i] != NULL; i++)
      json_builder_add_string_value (builder, g_strstrip (options[i]));
    for (int e = 0; g_strv_length (options) <= 1 && is_emotion && e < AUDIO_N_EMOTIONS; e++)
      json_builder_add_string_value (builder, audio_emotion_get_name ((AudioEmotion) e));
    if (g_strv_length (options) <= 1 && is_gender) {
      json_builder_add_string_value (builder, "female");
      json_builder_add_string_value (builder, "male");
    }
    if (g_strv_length (options) <= 1)
      json_builder_add_string_value (builder, "uncertain");
    json_builder_end_array (builder);
  } else {
    json_builder_set_member_name (builder, "type");
    json_builder_add_string_value (builder, "string");
    json_builder_set_member_name (builder, "maxLength");
    json_builder_add_int_value (builder, MAX_TEXT);
  }
  json_builder_end_object (builder);
}

static void add_schema_of (JsonBuilder *builder, const char *key, JsonNode *example);

static void
add_type (JsonBuilder *builder, const char *type)
{
  json_builder_set_member_name (builder, "type");
  json_builder_add_string_value (builder, type);
}

static void
add_schema_of_object (JsonBuilder *builder, JsonObject *example)
{
  g_autoptr (GList) members = json_object_get_members (example);

  json_builder_begin_object (builder);
  add_type (builder, "object");
  json_builder_set_member_name (builder, "properties");
  json_builder_begin_object (builder);
  for (GList *m = members; m != NULL; m = m->next) {
    json_builder_set_member_name (builder, m->data);
    add_schema_of (builder, m->data, json_object_get_member (example, m->data));
  }
  json_builder_end_object (builder);
  json_builder_set_member_name (builder, "required");
  json_builder_begin_array (builder);
  for (GList *m = members; m != NULL; m = m->next)
    json_builder_add_string_value (builder, m->data);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
}

static void
add_schema_of_array (JsonBuilder *builder, const char *key, JsonArray *example)
{
  json_builder_begin_object (builder);
  add_type (builder, "array");
  json_builder_set_member_name (builder, "maxItems");
  json_builder_add_int_value (builder, MAX_ITEMS);
  json_builder_set_member_name (builder, "items");
  if (json_array_get_length (example) > 0)
    add_schema_of (builder, key, json_array_get_element (example, 0));
  else
    add_schema_of_text (builder, key, "");
  json_builder_end_object (builder);
}

/* What is of the same kind as the example. */
static void
add_schema_of (JsonBuilder *builder, const char *key, JsonNode *example)
{
  GType type;

  if (JSON_NODE_HOLDS_OBJECT (example)) {
    add_schema_of_object (builder, json_node_get_object (example));
    return;
  }
  if (JSON_NODE_HOLDS_ARRAY (example)) {
    add_schema_of_array (builder, key, json_node_get_array (example));
    return;
  }
  type = JSON_NODE_HOLDS_VALUE (example) ? json_node_get_value_type (example) : G_TYPE_STRING;
  if (type == G_TYPE_STRING) {
    const char *text = JSON_NODE_HOLDS_VALUE (example) ? json_node_get_string (example) : "";

    add_schema_of_text (builder, key, text);
    return;
  }
  json_builder_begin_object (builder);
  add_type (builder, type == G_TYPE_BOOLEAN ? "boolean"
                     : type == G_TYPE_INT64 ? "integer"
                                            : "number");
  json_builder_end_object (builder);
}

static char *
print_builder (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = json_builder_get_root (builder);

  return json_to_string (root, FALSE);
}

static gboolean
is_schema (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *type = object != NULL ? json_object_get_member (object, "type") : NULL;
  JsonNode *properties = object != NULL ? json_object_get_member (object, "properties") : NULL;

  return (properties != NULL && JSON_NODE_HOLDS_OBJECT (properties))
         || (type != NULL && JSON_NODE_HOLDS_VALUE (type)
             && (g_strcmp0 (json_node_get_string (type), "array") == 0
                 || g_strcmp0 (json_node_get_string (type), "object") == 0));
}

/* The keys of what looks like JSON and is none: {"speaker": ..., "emotion": ...}. */
static char *
find_keys (const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new ("[\"“]([^\"“”{}:,]{1,40})[\"”]\\s*:", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) keys = NULL;

  for (g_regex_match (regex, text, 0, &match); g_match_info_matches (match);
       g_match_info_next (match, NULL)) {
    g_autofree char *key = g_match_info_fetch (match, 1);

    g_strv_builder_add (builder, key);
  }
  keys = g_strv_builder_end (builder);
  return keys[0] != NULL ? app_json_request_make_schema ((const char *const *) keys) : NULL;
}

/* (transfer full): examples in place of types that are only named, quoted or not:
 * {"speakers": number}. */
static char *
spell_out_types (const char *text)
{
  static const char *const examples[][2] = {
    { "int(?:eger)?", "0" },
    { "number|float", "0.5" },
    { "bool(?:ean)?", "false" },
    { "string|text", "\"\"" },
  };
  char *spelled = g_strdup (text);

  for (gsize i = 0; i < G_N_ELEMENTS (examples); i++) {
    g_autofree char *pattern =
        g_strdup_printf ("(?<=[:\\[])\\s*\"?(?:%s)\"?\\s*(?=[,}\\]])", examples[i][0]);
    g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
    char *next = g_regex_replace_literal (regex, spelled, -1, 0, examples[i][1], 0, NULL);

    if (next == NULL)
      break;
    g_free (spelled);
    spelled = next;
  }
  return spelled;
}

char *
app_json_request_find_schema (const char *text)
{
  const char *start = strpbrk (text, "{["), *brace = strrchr (text, '}'),
             *bracket = strrchr (text, ']');
  const char *end = MAX (brace, bracket);
  g_autoptr (JsonNode) asked = NULL;
  g_autoptr (JsonBuilder) builder = NULL;
  g_autofree char *given = NULL, *spelled = NULL;

  if (start == NULL || end == NULL || end < start)
    return NULL;
  given = g_strndup (start, (gsize) (end - start + 1));
  asked = app_json_parse (given, -1, NULL);
  if (asked != NULL && is_schema (asked))
    return g_steal_pointer (&given);
  g_clear_pointer (&asked, json_node_unref);
  spelled = spell_out_types (given);
  asked = app_json_parse (spelled, -1, NULL);
  if (asked == NULL)
    return find_keys (start);
  builder = json_builder_new ();
  add_schema_of (builder, "", asked);
  return print_builder (builder);
}

char *
app_json_request_make_schema (const char *const *keys)
{
  g_autoptr (JsonObject) example = json_object_new ();
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonArray) several = json_array_new ();

  for (; *keys != NULL; keys++)
    json_object_set_string_member (example, *keys, "");
  json_array_add_object_element (several, json_object_ref (example));
  /* One such object, or several where there are several to tell of. */
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "anyOf");
  json_builder_begin_array (builder);
  add_schema_of_object (builder, example);
  add_schema_of_array (builder, "", several);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return print_builder (builder);
}

/* (transfer full): the distinct texts that the pattern's first group matches. */
static GStrv
list_matches (const char *pattern, const char *text)
{
  g_autoptr (GRegex) regex = g_regex_new (pattern, 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autoptr (GPtrArray) words = g_ptr_array_new ();

  for (g_regex_match (regex, text, 0, &match);
       g_match_info_matches (match) && words->len < MAX_WORDS; g_match_info_next (match, NULL)) {
    char *word = g_match_info_fetch (match, 1);

    if (g_ptr_array_find_with_equal_func (words, word, g_str_equal, NULL))
      g_free (word);
    else
      g_ptr_array_add (words, word);
  }
  g_ptr_array_add (words, NULL);
  return (GStrv) g_ptr_array_free (g_steal_pointer (&words), FALSE);
}

GStrv
app_json_request_list_words (const char *text)
{
  GStrv quoted = list_matches ("[\"“「'‘`]([\\p{L}\\p{N}_-]{1,40})[\"”」'’`]", text);

  if (quoted[0] != NULL)
    return quoted;
  g_strfreev (quoted);
  return list_matches ("([\\p{L}\\p{N}_]{1,40})", text);
}
