/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "llm/constraint/json-schema.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#define MAX_TEXT (1 << 20)
#define MAX_BRACKETS 128 /* brackets inside one another in the schema's text */
#define MAX_CHARACTERS 2000
#define MAX_ITEMS 256
#define MAX_STATED 1000000 /* a length that a schema may state */
#define DECIMALS 6
#define MAX_VALUE INT64_C (999999999999999999)

typedef struct {
  LlmGrammar *grammar;
  GError **error;
} Reader;

static int read_schema (Reader *reader, JsonNode *node, const char *path);

static int fail (Reader *reader, const char *path, const char *format, ...) G_GNUC_PRINTF (3, 4);

static int
fail (Reader *reader, const char *path, const char *format, ...)
{
  g_autofree char *message = NULL, *valid = NULL;
  va_list args;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  /* The JSON parser quotes what it stopped at, which may end inside a character. */
  valid = g_utf8_make_valid (message, -1);
  g_set_error (reader->error, LLM_ERROR, LLM_ERROR_SCHEMA, "schema: %s: %s", path, valid);
  return -1;
}

/* Every member of the schema is in `known` or does not narrow it. */
static gboolean
check_keywords (Reader *reader, JsonObject *object, const char *const *known, const char *path)
{
  static const char *const passed_over[] = { "title",   "description", "examples", "default",
                                             "$schema", "$id",         "$comment", NULL };
  g_autoptr (GList) members = json_object_get_members (object);

  for (GList *item = members; item != NULL; item = item->next)
    if (!g_strv_contains (known, item->data) && !g_strv_contains (passed_over, item->data)) {
      fail (reader, path, "the keyword '%s' is not supported here", (const char *) item->data);
      return FALSE;
    }
  return TRUE;
}

static gboolean
is_kind (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

/* A count that the schema states, or what stands in *value. */
static gboolean
read_count (Reader *reader, JsonObject *object, const char *key, int64_t *value, const char *path)
{
  JsonNode *node = json_object_get_member (object, key);

  if (node == NULL)
    return TRUE;
  if (!is_kind (node, G_TYPE_INT64) || json_node_get_int (node) < 0
      || json_node_get_int (node) > MAX_STATED) {
    fail (reader, path, "'%s' is not a number from 0 to %d", key, MAX_STATED);
    return FALSE;
  }
  *value = json_node_get_int (node);
  return TRUE;
}

/* A least and a most, the default for the most if only a least is stated. */
static gboolean
read_range (Reader *reader, JsonObject *object, const char *least, const char *most,
            int64_t standard, LlmNode *node, const char *path)
{
  node->least = 0;
  if (!read_count (reader, object, least, &node->least, path))
    return FALSE;
  node->most = MAX (standard, node->least);
  if (!read_count (reader, object, most, &node->most, path))
    return FALSE;
  if (node->least <= node->most)
    return TRUE;
  fail (reader, path, "'%s' is greater than '%s'", least, most);
  return FALSE;
}

static int
read_string (Reader *reader, JsonObject *object, const char *path)
{
  static const char *const known[] = { "type", "minLength", "maxLength", NULL };
  LlmNode node = { .kind = LLM_NODE_STRING };

  if (!check_keywords (reader, object, known, path)
      || !read_range (reader, object, "minLength", "maxLength", MAX_CHARACTERS, &node, path))
    return -1;
  return llm_grammar_add_node (reader->grammar, &node);
}

/* A bound in units of the last digit. Rounded inwards, but for what binary fractions cannot hold.
 */
static gboolean
read_bound (Reader *reader, JsonObject *object, const char *key, gboolean is_most,
            gboolean exclusive, LlmNode *number, const char *path)
{
  JsonNode *node = json_object_get_member (object, key);
  double value, whole;
  int64_t bound;

  if (node == NULL)
    return TRUE;
  if (!is_kind (node, G_TYPE_INT64) && !is_kind (node, G_TYPE_DOUBLE)) {
    fail (reader, path, "'%s' is not a number", key);
    return FALSE;
  }
  value = json_node_get_double (node) * (number->n_fraction > 0 ? 1e6 : 1);
  whole = round (value);
  if (fabs (value - whole) > (number->n_fraction > 0 ? 1e-3 : 0)) {
    whole = is_most ? floor (value) : ceil (value);
    exclusive = FALSE;
  }
  if (!(fabs (whole) < (double) MAX_VALUE))
    bound = whole > 0 ? MAX_VALUE : -MAX_VALUE;
  else
    bound = (int64_t) whole;
  if (exclusive)
    bound += is_most ? -1 : 1;
  if (is_most)
    number->most = MIN (number->most, bound);
  else
    number->least = MAX (number->least, bound);
  return TRUE;
}

static int
read_number (Reader *reader, JsonObject *object, gboolean integer, const char *path)
{
  static const char *const known[] = {
    "type", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", NULL
  };
  LlmNode node = { .kind = LLM_NODE_NUMBER,
                   .n_fraction = integer ? 0 : DECIMALS,
                   .least = -MAX_VALUE,
                   .most = MAX_VALUE };

  if (!check_keywords (reader, object, known, path)
      || !read_bound (reader, object, "minimum", FALSE, FALSE, &node, path)
      || !read_bound (reader, object, "exclusiveMinimum", FALSE, TRUE, &node, path)
      || !read_bound (reader, object, "maximum", TRUE, FALSE, &node, path)
      || !read_bound (reader, object, "exclusiveMaximum", TRUE, TRUE, &node, path))
    return -1;
  if (!llm_number_is_possible (&node))
    return fail (reader, path, "no number that can be written is in the range");
  return llm_grammar_add_node (reader->grammar, &node);
}

static int
read_words (Reader *reader, JsonObject *object, const char *const *words, const char *path)
{
  static const char *const known[] = { "type", NULL };

  if (!check_keywords (reader, object, known, path))
    return -1;
  return llm_grammar_add_words (reader->grammar, words);
}

static int
read_array (Reader *reader, JsonObject *object, const char *path)
{
  static const char *const known[] = { "type", "items", "minItems", "maxItems", NULL };
  LlmNode node = { .kind = LLM_NODE_ARRAY };
  g_autofree char *inner = g_strconcat (path, "/items", NULL);

  if (!check_keywords (reader, object, known, path)
      || !read_range (reader, object, "minItems", "maxItems", MAX_ITEMS, &node, path))
    return -1;
  if (!json_object_has_member (object, "items"))
    return fail (reader, path, "an array without 'items'");
  node.first = read_schema (reader, json_object_get_member (object, "items"), inner);
  return node.first < 0 ? -1 : llm_grammar_add_node (reader->grammar, &node);
}

/* The text of a value as it will be written, compactly. */
static char *
write_value (JsonNode *value)
{
  char shortest[G_ASCII_DTOSTR_BUF_SIZE];
  double number;

  if (!is_kind (value, G_TYPE_DOUBLE))
    return json_to_string (value, FALSE);
  number = json_node_get_double (value);
  g_ascii_formatd (shortest, sizeof shortest, "%.15g", number);
  if (fabs (g_ascii_strtod (shortest, NULL) - number) > 0)
    g_ascii_formatd (shortest, sizeof shortest, "%.17g", number);
  return g_strdup (shortest);
}

/* Marks required properties; a name that is no property is an error. */
static gboolean
read_required (Reader *reader, JsonObject *object, GArray *properties, GList *names,
               const char *path)
{
  JsonNode *node = json_object_get_member (object, "required");
  JsonArray *array;

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node)) {
    fail (reader, path, "'required' is not an array");
    return FALSE;
  }
  array = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    guint index = 0;
    GList *item = names;

    if (!is_kind (element, G_TYPE_STRING)) {
      fail (reader, path, "'required' holds something that is not a string");
      return FALSE;
    }
    for (; item != NULL && !g_str_equal (item->data, json_node_get_string (element));
         item = item->next)
      index++;
    if (item == NULL) {
      fail (reader, path, "'%s' is required and not one of the properties",
            json_node_get_string (element));
      return FALSE;
    }
    g_array_index (properties, LlmProperty, index).required = TRUE;
  }
  return TRUE;
}

static gboolean
check_choices (Reader *reader, GArray *properties, const char *path)
{
  int run = 0;

  for (guint i = 0; i < properties->len; i++) {
    run = g_array_index (properties, LlmProperty, i).required ? 0 : run + 1;
    if (run > LLM_GRAMMAR_MAX_CHOICES) {
      fail (reader, path, "more than %d optional properties in a row", LLM_GRAMMAR_MAX_CHOICES);
      return FALSE;
    }
  }
  return TRUE;
}

static gboolean
read_properties (Reader *reader, JsonObject *members, GList *names, GArray *properties,
                 const char *path)
{
  for (GList *item = names; item != NULL; item = item->next) {
    const char *name = item->data;
    g_autofree char *inner = g_strconcat (path, "/properties/", name, NULL);
    g_autoptr (JsonNode) text = json_node_new (JSON_NODE_VALUE);
    g_autofree char *quoted = NULL;
    LlmProperty property = { 0 };

    property.value = read_schema (reader, json_object_get_member (members, name), inner);
    if (property.value < 0)
      return FALSE;
    json_node_set_string (text, name);
    quoted = json_to_string (text, FALSE);
    property.key = g_strconcat (quoted, ":", NULL);
    property.length = strlen (property.key);
    g_array_append_val (properties, property);
  }
  return TRUE;
}

static void
free_keys (GArray *properties)
{
  for (guint i = 0; i < properties->len; i++)
    g_free (g_array_index (properties, LlmProperty, i).key);
  g_array_unref (properties);
}

static int
read_object (Reader *reader, JsonObject *object, const char *path)
{
  static const char *const known[] = { "type", "properties", "required", "additionalProperties",
                                       NULL };
  JsonNode *more = json_object_get_member (object, "additionalProperties");
  JsonNode *stated = json_object_get_member (object, "properties");
  g_autoptr (JsonObject) members = NULL;
  g_autoptr (GList) names = NULL;
  GArray *properties;
  LlmNode node = { .kind = LLM_NODE_OBJECT };

  if (!check_keywords (reader, object, known, path))
    return -1;
  if (more != NULL && !is_kind (more, G_TYPE_BOOLEAN))
    return fail (reader, path, "'additionalProperties' is not true or false");
  if (stated != NULL && !JSON_NODE_HOLDS_OBJECT (stated))
    return fail (reader, path, "'properties' is not an object");
  members = stated != NULL ? json_object_ref (json_node_get_object (stated)) : json_object_new ();
  names = json_object_get_members (members);
  properties = g_array_new (FALSE, FALSE, sizeof (LlmProperty));
  if (!read_properties (reader, members, names, properties, path)
      || !read_required (reader, object, properties, names, path)
      || !check_choices (reader, properties, path)) {
    free_keys (properties);
    return -1;
  }
  node.first = (int) reader->grammar->properties->len;
  node.n = (int) properties->len;
  if (node.n > 0)
    g_array_append_vals (reader->grammar->properties, properties->data, properties->len);
  g_array_unref (properties);
  return llm_grammar_add_node (reader->grammar, &node);
}

static int
add_alternatives (Reader *reader, GArray *nodes, const char *path)
{
  LlmNode node = { .kind = LLM_NODE_ANY_OF,
                   .first = (int) reader->grammar->alternatives->len,
                   .n = (int) nodes->len };

  if (nodes->len == 0 || nodes->len > LLM_GRAMMAR_MAX_CHOICES)
    return fail (reader, path, "%u alternatives, not 1 to %d", nodes->len, LLM_GRAMMAR_MAX_CHOICES);
  g_array_append_vals (reader->grammar->alternatives, nodes->data, nodes->len);
  return llm_grammar_add_node (reader->grammar, &node);
}

static int
read_any_of (Reader *reader, JsonObject *object, const char *path)
{
  static const char *const known[] = { "anyOf", NULL };
  JsonNode *list = json_object_get_member (object, "anyOf");
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (int));
  JsonArray *array;

  if (!check_keywords (reader, object, known, path))
    return -1;
  if (!JSON_NODE_HOLDS_ARRAY (list))
    return fail (reader, path, "'anyOf' is not an array");
  array = json_node_get_array (list);
  for (guint i = 0; i < json_array_get_length (array); i++) {
    g_autofree char *inner = g_strdup_printf ("%s/anyOf/%u", path, i);
    int node = read_schema (reader, json_array_get_element (array, i), inner);

    if (node < 0)
      return -1;
    g_array_append_val (nodes, node);
  }
  return add_alternatives (reader, nodes, path);
}

/* Whether a value has the type that a schema names. */
static gboolean
has_type (JsonNode *value, const char *type)
{
  if (JSON_NODE_HOLDS_OBJECT (value))
    return g_str_equal (type, "object");
  if (JSON_NODE_HOLDS_ARRAY (value))
    return g_str_equal (type, "array");
  if (JSON_NODE_HOLDS_NULL (value))
    return g_str_equal (type, "null");
  if (is_kind (value, G_TYPE_STRING))
    return g_str_equal (type, "string");
  if (is_kind (value, G_TYPE_BOOLEAN))
    return g_str_equal (type, "boolean");
  if (is_kind (value, G_TYPE_INT64))
    return g_str_equal (type, "integer") || g_str_equal (type, "number");
  return g_str_equal (type, "number");
}

static int
read_values (Reader *reader, JsonObject *object, const char *key, const char *path)
{
  const char *known[] = { "type", key, NULL };
  JsonNode *stated = json_object_get_member (object, key);
  JsonNode *type = json_object_get_member (object, "type");
  gboolean is_list = g_str_equal (key, "enum");
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);
  guint n = 1;

  if (!check_keywords (reader, object, known, path))
    return -1;
  if (type != NULL && !is_kind (type, G_TYPE_STRING))
    return fail (reader, path, "a 'type' beside '%s' that is not a string", key);
  if (is_list && !JSON_NODE_HOLDS_ARRAY (stated))
    return fail (reader, path, "'enum' is not an array");
  if (is_list)
    n = json_array_get_length (json_node_get_array (stated));
  for (guint i = 0; i < n; i++) {
    JsonNode *value = is_list ? json_array_get_element (json_node_get_array (stated), i) : stated;

    if (type != NULL && !has_type (value, json_node_get_string (type)))
      return fail (reader, path, "value %u of '%s' is not of type '%s'", i, key,
                   json_node_get_string (type));
    g_ptr_array_add (words, write_value (value));
  }
  if (words->len == 0)
    return fail (reader, path, "'enum' is empty");
  g_ptr_array_add (words, NULL);
  return llm_grammar_add_words (reader->grammar, (const char *const *) words->pdata);
}

static int
read_type (Reader *reader, JsonObject *object, const char *type, const char *path)
{
  static const char *const booleans[] = { "true", "false", NULL };
  static const char *const nulls[] = { "null", NULL };

  if (g_str_equal (type, "object"))
    return read_object (reader, object, path);
  if (g_str_equal (type, "array"))
    return read_array (reader, object, path);
  if (g_str_equal (type, "string"))
    return read_string (reader, object, path);
  if (g_str_equal (type, "number") || g_str_equal (type, "integer"))
    return read_number (reader, object, g_str_equal (type, "integer"), path);
  if (g_str_equal (type, "boolean"))
    return read_words (reader, object, booleans, path);
  if (g_str_equal (type, "null"))
    return read_words (reader, object, nulls, path);
  return fail (reader, path, "the type '%s' is unknown", type);
}

/* "type": ["string", "null"]: alternatives without further keywords for "null". */
static int
read_types (Reader *reader, JsonObject *object, JsonArray *types, const char *path)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, FALSE, sizeof (int));
  static const char *const nulls[] = { "null", NULL };

  for (guint i = 0; i < json_array_get_length (types); i++) {
    JsonNode *type = json_array_get_element (types, i);
    int node;

    if (!is_kind (type, G_TYPE_STRING))
      return fail (reader, path, "'type' holds something that is not a string");
    if (g_str_equal (json_node_get_string (type), "null"))
      node = llm_grammar_add_words (reader->grammar, nulls);
    else
      node = read_type (reader, object, json_node_get_string (type), path);
    if (node < 0)
      return -1;
    g_array_append_val (nodes, node);
  }
  return add_alternatives (reader, nodes, path);
}

static int
read_schema (Reader *reader, JsonNode *node, const char *path)
{
  JsonObject *object;
  JsonNode *type;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return fail (reader, path, "not an object");
  object = json_node_get_object (node);
  if (json_object_has_member (object, "enum"))
    return read_values (reader, object, "enum", path);
  if (json_object_has_member (object, "const"))
    return read_values (reader, object, "const", path);
  if (json_object_has_member (object, "anyOf"))
    return read_any_of (reader, object, path);
  type = json_object_get_member (object, "type");
  if (type != NULL && JSON_NODE_HOLDS_ARRAY (type))
    return read_types (reader, object, json_node_get_array (type), path);
  if (type != NULL && !is_kind (type, G_TYPE_STRING))
    return fail (reader, path, "'type' is neither a string nor an array");
  if (type != NULL)
    return read_type (reader, object, json_node_get_string (type), path);
  if (json_object_has_member (object, "properties"))
    return read_object (reader, object, path);
  if (json_object_has_member (object, "items"))
    return read_array (reader, object, path);
  return fail (reader, path, "neither 'type' nor 'enum', 'const', 'anyOf'");
}

/* json-glib calls itself for every bracket, so depth is looked at before it reads. */
static gboolean
is_shallow (const char *text, size_t length)
{
  int depth = 0;
  gboolean quoted = FALSE;

  for (size_t i = 0; i < length; i++) {
    if (quoted && text[i] == '\\')
      i++;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && (text[i] == '{' || text[i] == '['))
      depth++;
    else if (!quoted && (text[i] == '}' || text[i] == ']'))
      depth--;
    if (depth > MAX_BRACKETS)
      return FALSE;
  }
  return TRUE;
}

LlmGrammar *
llm_json_schema_read (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (LlmGrammar) grammar = llm_grammar_new ();
  g_autoptr (GError) inner = NULL;
  Reader reader = { grammar, error };
  size_t n = length < 0 ? strlen (text) : (size_t) length;
  int root;

  if (n > MAX_TEXT || !is_shallow (text, n) || !g_utf8_validate_len (text, n, NULL)) {
    fail (&reader, "#", "longer than %d bytes, nested deeper than %d, or not UTF-8", MAX_TEXT,
          MAX_BRACKETS);
    return NULL;
  }
  if (!json_parser_load_from_data (parser, text, (gssize) n, &inner)) {
    fail (&reader, "#", "not JSON: %s", inner->message);
    return NULL;
  }
  if (json_parser_get_root (parser) == NULL) {
    fail (&reader, "#", "empty");
    return NULL;
  }
  root = read_schema (&reader, json_parser_get_root (parser), "#");
  if (root < 0)
    return NULL;
  if (!llm_grammar_finish (grammar, root)) {
    fail (&reader, "#", "values nested deeper than %d", LLM_GRAMMAR_MAX_DEPTH);
    return NULL;
  }
  return g_steal_pointer (&grammar);
}
