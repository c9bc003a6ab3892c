/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Constrained answers: small languages written out in full, random walks through schemas whose
 * results are parsed and validated by other code, masks against a plain walk of every token. */

#include <json-glib/json-glib.h>
#include <string.h>

#include "llm/constraint/constraint.h"
#include "llm/constraint/grammar.h"
#include "llm/constraint/json-schema.h"
#include "tests/llm/tiny-tokenizer.h"

static const char *const tokens[] = {
  "ye",       "yes",          "no", "{\"", "\":",   "\": ",   ", ",   "\",",  "\",\"",
  "\"}",      "}]",           "12", "123", "tr",    "ue",     "true", "al",   "fal",
  "se",       "fals",         "ab", "abc", "abcd",  "\\n",    "\\u",  "\\u0", "\xC3\xA9",
  "\xE4\xB8", "\xE4\xB8\xAD", "[1", "\"a", "\"a\"", "\"a\":", "  ",   "-1",   "1.",
  ".5",       "],",           "nu", "ll",  "null",  NULL
};

static gboolean
is_set (const uint32_t *mask, int id)
{
  return (mask[id / 32] >> (id % 32) & 1) != 0;
}

/* Follows every path and adds each text that may end to `texts`. */
static void
write_out (LlmTokenizer *tokenizer, LlmConstraint *constraint, GArray *path, GHashTable *texts)
{
  int n = llm_tokenizer_get_n_tokens (tokenizer), eos = llm_tokenizer_get_eos (tokenizer);
  g_autofree uint32_t *mask =
      g_memdup2 (llm_constraint_mask (constraint), ((size_t) n + 31) / 32 * sizeof (uint32_t));
  gboolean complete = llm_constraint_is_complete (constraint);

  g_assert_cmpuint (path->len, <, 64);
  if (complete || is_set (mask, eos))
    g_hash_table_add (texts, llm_tokenizer_decode (tokenizer, (const int *) (void *) path->data,
                                                   path->len, NULL));
  for (int id = 0; id < n; id++) {
    if (!is_set (mask, id) || id == eos)
      continue;
    g_assert_false (complete);
    llm_constraint_reset (constraint);
    for (guint i = 0; i < path->len; i++)
      llm_constraint_accept (constraint, g_array_index (path, int, i));
    llm_constraint_accept (constraint, id);
    g_array_append_val (path, id);
    write_out (tokenizer, constraint, path, texts);
    g_array_set_size (path, path->len - 1);
  }
}

/* expected: sorted, joined by '|'. */
static void
assert_language (LlmTokenizer *tokenizer, LlmConstraint *constraint, const char *expected)
{
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GList) keys = NULL;
  GString *joined = g_string_new (NULL);

  write_out (tokenizer, constraint, path, texts);
  keys = g_list_sort (g_hash_table_get_keys (texts), (GCompareFunc) strcmp);
  for (GList *item = keys; item != NULL; item = item->next)
    g_string_append_printf (joined, "%s%s", joined->len > 0 ? "|" : "", (char *) item->data);
  g_assert_cmpstr (joined->str, ==, expected);
  g_string_free (joined, TRUE);
}

static void
test_choices (void)
{
  static const char *const choices[] = { "yes", "yes, no", "no", "\xC3\xA9", "no", NULL };
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmConstraint) constraint = llm_constraint_new_choices (tokenizer, choices, &error);
  int eos = llm_tokenizer_get_eos (tokenizer);

  g_assert_no_error (error);
  assert_language (tokenizer, constraint, "no|yes|yes, no|\xC3\xA9");
  /* "yes" may end or go on; the end token completes it. */
  llm_constraint_reset (constraint);
  llm_constraint_accept (constraint, llm_tokenizer_find (tokenizer, "yes"));
  g_assert_false (llm_constraint_is_complete (constraint));
  g_assert_true (is_set (llm_constraint_mask (constraint), eos));
  g_assert_true (is_set (llm_constraint_mask (constraint), ','));
  llm_constraint_accept (constraint, eos);
  g_assert_true (llm_constraint_is_complete (constraint));
  g_assert_false (is_set (llm_constraint_mask (constraint), ','));
  /* "no" is complete without one. */
  llm_constraint_reset (constraint);
  llm_constraint_accept (constraint, 'n');
  llm_constraint_accept (constraint, 'o');
  g_assert_true (llm_constraint_is_complete (constraint));
}

static void
test_languages (void)
{
  static const struct {
    const char *schema, *texts;
  } languages[] = {
    { "{\"type\": \"integer\", \"minimum\": -2, \"maximum\": 12}",
      "-1|-2|0|1|10|11|12|2|3|4|5|6|7|8|9" },
    { "{\"type\": \"integer\", \"exclusiveMinimum\": 122, \"maximum\": 125.5}", "123|124|125" },
    { "{\"type\": \"number\", \"minimum\": 0.1, \"maximum\": 0.100003}",
      "0.1|0.10|0.100|0.1000|0.10000|0.100000|0.100001|0.100002|0.100003" },
    { "{\"enum\": [\"a\", 1.5, 12, 123, null, \"\\\"\", [1, {\"b\": []}]]}",
      "\"\\\"\"|\"a\"|1.5|12|123|[1,{\"b\":[]}]|null" },
    { "{\"type\": [\"boolean\", \"null\"], \"title\": \"x\"}", "false|null|true" },
    { "{\"type\": \"array\", \"items\": {\"const\": 1}, \"maxItems\": 2}", "[1, 1]|[1,1]|[1]|[]" },
    { "{\"type\": \"array\", \"items\": {\"const\": 1}, \"minItems\": 2, \"maxItems\": 2}",
      "[1, 1]|[1,1]" },
    { "{\"type\": \"object\"}", "{}" },
    { "{\"anyOf\": [{\"const\": 1}, {\"enum\": [12, \"ab\"]}, {\"type\": \"string\","
      " \"maxLength\": 0}]}",
      "\"\"|\"ab\"|1|12" },
  };
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);

  for (size_t i = 0; i < G_N_ELEMENTS (languages); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (LlmConstraint) constraint =
        llm_constraint_new_json_schema (tokenizer, languages[i].schema, &error);

    g_assert_no_error (error);
    assert_language (tokenizer, constraint, languages[i].texts);
  }
}

/* Objects: the texts without their optional spaces. */
static void
test_object (void)
{
  static const char schema[] =
      "{\"properties\": {\"a\": {\"const\": 1}, \"b\": {\"const\": 12}, \"c\": {\"const\": 2}},"
      " \"required\": [\"b\"]}";
  static const char *const written[] = { "{\"a\":1,\"b\":12,\"c\":2}", "{\"a\":1,\"b\":12}",
                                         "{\"b\":12,\"c\":2}", "{\"b\":12}" };
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  g_autoptr (LlmConstraint) constraint = llm_constraint_new_json_schema (tokenizer, schema, NULL);
  g_autoptr (GArray) path = g_array_new (FALSE, FALSE, sizeof (int));
  g_autoptr (GHashTable) texts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) bare = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer text;

  write_out (tokenizer, constraint, path, texts);
  /* One optional space after each ':' and ','. */
  g_assert_cmpuint (g_hash_table_size (texts), ==, 32 + 8 + 8 + 2);
  g_hash_table_iter_init (&iter, texts);
  while (g_hash_table_iter_next (&iter, &text, NULL)) {
    GString *copy = g_string_new (text);

    g_string_replace (copy, " ", "", 0);
    g_hash_table_add (bare, g_string_free (copy, FALSE));
  }
  g_assert_cmpuint (g_hash_table_size (bare), ==, G_N_ELEMENTS (written));
  for (size_t i = 0; i < G_N_ELEMENTS (written); i++)
    g_assert_true (g_hash_table_contains (bare, written[i]));
}

static const char *const schemas[] = {
  "{\"type\": \"string\", \"minLength\": 2, \"maxLength\": 6}",
  "{\"type\": \"object\", \"properties\": {\"answer\": {\"type\": \"string\", \"maxLength\": 12},"
  " \"evidence\": {\"type\": \"array\", \"items\": {\"type\": \"integer\", \"minimum\": 1,"
  " \"maximum\": 37}, \"maxItems\": 4}, \"sure\": {\"type\": \"boolean\"},"
  " \"p\": {\"type\": \"number\", \"minimum\": -0.25, \"maximum\": 1.5}},"
  " \"required\": [\"answer\", \"p\"]}",
  "{\"type\": \"array\", \"minItems\": 1, \"maxItems\": 3, \"items\": {\"anyOf\": ["
  "{\"type\": \"string\", \"maxLength\": 3}, {\"enum\": [\"a\", \"abcd\", null]},"
  "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"integer\", \"maximum\": -5}},"
  " \"required\": [\"a\"]},"
  "{\"type\": \"object\", \"properties\": {\"a\": {\"type\": \"string\", \"maxLength\": 2},"
  " \"ab\": {\"type\": [\"null\", \"number\"]}}}]}}",
};

static gboolean is_valid (JsonNode *node, JsonObject *schema);

static gboolean
in_bounds (JsonObject *schema, const char *least, const char *most, double value)
{
  return (!json_object_has_member (schema, least)
          || value >= json_node_get_double (json_object_get_member (schema, least)))
         && (!json_object_has_member (schema, most)
             || value <= json_node_get_double (json_object_get_member (schema, most)));
}

static gboolean
is_valid_object (JsonObject *object, JsonObject *schema)
{
  JsonObject *properties = json_object_get_object_member (schema, "properties");
  g_autoptr (GList) names = json_object_get_members (object);
  JsonArray *required = json_object_has_member (schema, "required")
                            ? json_object_get_array_member (schema, "required")
                            : NULL;

  for (GList *item = names; item != NULL; item = item->next)
    if (!json_object_has_member (properties, item->data)
        || !is_valid (json_object_get_member (object, item->data),
                      json_object_get_object_member (properties, item->data)))
      return FALSE;
  for (guint i = 0; required != NULL && i < json_array_get_length (required); i++)
    if (!json_object_has_member (object, json_array_get_string_element (required, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_valid_type (JsonNode *node, JsonObject *schema, const char *type)
{
  if (g_str_equal (type, "null"))
    return JSON_NODE_HOLDS_NULL (node);
  if (g_str_equal (type, "object"))
    return JSON_NODE_HOLDS_OBJECT (node) && is_valid_object (json_node_get_object (node), schema);
  if (g_str_equal (type, "array")) {
    JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

    for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
      if (!is_valid (json_array_get_element (array, i),
                     json_object_get_object_member (schema, "items")))
        return FALSE;
    return array != NULL
           && in_bounds (schema, "minItems", "maxItems", json_array_get_length (array));
  }
  if (!JSON_NODE_HOLDS_VALUE (node))
    return FALSE;
  if (g_str_equal (type, "boolean"))
    return json_node_get_value_type (node) == G_TYPE_BOOLEAN;
  if (g_str_equal (type, "string"))
    return json_node_get_value_type (node) == G_TYPE_STRING
           && in_bounds (schema, "minLength", "maxLength",
                         (double) g_utf8_strlen (json_node_get_string (node), -1));
  return (json_node_get_value_type (node) == G_TYPE_INT64
          || (json_node_get_value_type (node) == G_TYPE_DOUBLE && g_str_equal (type, "number")))
         && in_bounds (schema, "minimum", "maximum", json_node_get_double (node));
}

/* A validator of its own, of whole values. */
static gboolean
is_valid (JsonNode *node, JsonObject *schema)
{
  JsonNode *type = json_object_get_member (schema, "type");
  JsonArray *list = NULL;

  if (json_object_has_member (schema, "enum") || json_object_has_member (schema, "anyOf")) {
    gboolean values = json_object_has_member (schema, "enum");

    list = json_object_get_array_member (schema, values ? "enum" : "anyOf");
    for (guint i = 0; i < json_array_get_length (list); i++)
      if (values ? json_node_equal (json_array_get_element (list, i), node)
                 : is_valid (node, json_array_get_object_element (list, i)))
        return TRUE;
    return FALSE;
  }
  if (!JSON_NODE_HOLDS_ARRAY (type))
    return is_valid_type (node, schema, json_node_get_string (type));
  list = json_node_get_array (type);
  for (guint i = 0; i < json_array_get_length (list); i++)
    if (is_valid_type (node, schema, json_array_get_string_element (list, i)))
      return TRUE;
  return FALSE;
}

/* One of the allowed ids, at random; the ids of several bytes more often than by chance. */
static int
pick (LlmTokenizer *tokenizer, const uint32_t *mask, GRand *rand)
{
  int n = llm_tokenizer_get_n_tokens (tokenizer), from = g_rand_boolean (rand) ? 256 : 0;
  int n_set = 0, chosen;

  for (int id = from; id < n; id++)
    n_set += is_set (mask, id);
  if (n_set == 0) {
    from = 0;
    for (int id = 0; id < n; id++)
      n_set += is_set (mask, id);
  }
  g_assert_cmpint (n_set, >, 0);
  chosen = g_rand_int_range (rand, 0, n_set);
  for (int id = from; id < n; id++)
    if (is_set (mask, id) && chosen-- == 0)
      return id;
  g_assert_not_reached ();
}

/* The mask by feeding the bytes of every token to the grammar. */
static void
assert_mask (LlmTokenizer *tokenizer, const LlmGrammar *grammar, const GString *so_far,
             const uint32_t *mask)
{
  g_autofree LlmStateSet *start = g_malloc (llm_grammar_set_bytes (grammar));
  g_autofree LlmStateSet *now = g_malloc (llm_grammar_set_bytes (grammar));
  g_autofree LlmStateSet *next = g_malloc (llm_grammar_set_bytes (grammar));

  llm_grammar_begin (grammar, start);
  for (gsize i = 0; i < so_far->len; i++) {
    llm_grammar_step (grammar, start, so_far->str[i], next);
    memcpy (start, next, llm_grammar_set_bytes (grammar));
  }
  for (int id = 0; id < llm_tokenizer_get_n_tokens (tokenizer); id++) {
    size_t length;
    const char *text = llm_tokenizer_piece (tokenizer, id, &length);
    gboolean allowed =
        llm_tokenizer_is_end (tokenizer, id) ? llm_grammar_may_end (grammar, start) : length > 0;

    memcpy (now, start, llm_grammar_set_bytes (grammar));
    for (size_t i = 0; i < length && allowed; i++) {
      llm_grammar_step (grammar, now, text[i], next);
      memcpy (now, next, llm_grammar_set_bytes (grammar));
      allowed = now->n > 0;
    }
    g_assert_cmpint (is_set (mask, id), ==, allowed);
  }
}

static void
test_walks (gconstpointer data)
{
  const char *schema = data;
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmConstraint) constraint = llm_constraint_new_json_schema (tokenizer, schema, &error);
  g_autoptr (LlmGrammar) grammar = llm_json_schema_read (schema, -1, &error);
  g_autoptr (JsonParser) parser = json_parser_new (), answer = json_parser_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  g_assert_no_error (error);
  g_assert_true (json_parser_load_from_data (parser, schema, -1, NULL));
  for (int walk = 0; walk < 300; walk++) {
    g_autoptr (GString) text = g_string_new (NULL);

    llm_constraint_reset (constraint);
    while (!llm_constraint_is_complete (constraint)) {
      const uint32_t *mask = llm_constraint_mask (constraint);
      int id = pick (tokenizer, mask, rand);
      size_t length;
      const char *piece = llm_tokenizer_piece (tokenizer, id, &length);

      if (walk % 30 == 0)
        assert_mask (tokenizer, grammar, text, mask);
      llm_constraint_accept (constraint, id);
      g_string_append_len (text, piece, (gssize) length);
      g_assert_cmpuint (text->len, <, 1000);
    }
    g_assert_true (g_utf8_validate (text->str, (gssize) text->len, NULL));
    g_assert_true (json_parser_load_from_data (answer, text->str, (gssize) text->len, &error));
    g_assert_no_error (error);
    if (!is_valid (json_parser_get_root (answer),
                   json_node_get_object (json_parser_get_root (parser))))
      g_error ("not valid: %s", text->str);
  }
}

static void
test_bad_schemas (void)
{
  static const struct {
    const char *schema, *message;
  } bad[] = {
    { "{", "#: not JSON" },
    { "", "#: empty" },
    { "[]", "#: not an object" },
    { "{}", "#: neither" },
    { "{\"type\": \"thing\"}", "'thing' is unknown" },
    { "{\"type\": \"string\", \"pattern\": \"a\"}", "#: the keyword 'pattern'" },
    { "{\"properties\": {\"a\": {\"items\": {\"$ref\": \"#\"}}}}",
      "#/properties/a/items: neither" },
    { "{\"properties\": {\"a\": {\"type\": \"integer\", \"multipleOf\": 2}}}",
      "#/properties/a: the keyword 'multipleOf'" },
    { "{\"anyOf\": [{\"const\": 1}, {\"oneOf\": []}]}", "#/anyOf/1: neither" },
    { "{\"anyOf\": []}", "0 alternatives" },
    { "{\"enum\": []}", "'enum' is empty" },
    { "{\"type\": \"string\", \"enum\": [1]}", "not of type 'string'" },
    { "{\"properties\": {}, \"required\": [\"x\"]}", "'x' is required" },
    { "{\"type\": \"string\", \"minLength\": 3, \"maxLength\": 2}", "greater" },
    { "{\"type\": \"string\", \"minLength\": -3}", "'minLength' is not" },
    { "{\"type\": \"integer\", \"minimum\": 3, \"maximum\": 2}", "no number" },
    { "{\"type\": \"integer\", \"minimum\": 0.2, \"maximum\": 0.8}", "no number" },
    { "{\"type\": \"integer\", \"minimum\": \"0\"}", "'minimum' is not a number" },
    { "{\"type\": \"array\"}", "without 'items'" },
    { "{\"type\": \"object\", \"additionalProperties\": {}}", "'additionalProperties'" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (llm_json_schema_read (bad[i].schema, -1, &error));
    g_assert_error (error, LLM_ERROR, LLM_ERROR_SCHEMA);
    if (strstr (error->message, bad[i].message) == NULL)
      g_error ("'%s' is not in: %s", bad[i].message, error->message);
  }
}

static void
test_depth (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (LlmGrammar) fits = NULL;

  for (int depth = 31; depth <= 300; depth += depth == 31 ? 1 : 268) {
    g_autoptr (GString) schema = g_string_new (NULL);

    for (int i = 0; i < depth; i++)
      g_string_append (schema, "{\"type\":\"array\",\"items\":");
    g_string_append (schema, "{\"type\":\"null\"}");
    for (int i = 0; i < depth; i++)
      g_string_append (schema, "}");
    if (depth == 31) {
      fits = llm_json_schema_read (schema->str, -1, &error);
      g_assert_no_error (error);
    } else {
      g_autoptr (GError) deep = NULL;

      g_assert_null (llm_json_schema_read (schema->str, -1, &deep));
      g_assert_error (deep, LLM_ERROR, LLM_ERROR_SCHEMA);
    }
  }
}

/* Without end of turn, or without the bytes that an answer may need. */
static void
test_vocabularies (void)
{
  static const char *const none[] = { NULL }, *const empty[] = { "a", "", NULL };
  static const char *const letters[] = { "a", "b" };
  static const char *const a[] = { "ab", "ba", NULL }, *const c[] = { "abc", NULL };
  g_autoptr (LlmTokenizer) full = tiny_tokenizer_new (tokens);
  g_autoptr (GgufBuilder) builder = gguf_builder_new ();
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (NnGguf) gguf = NULL;
  g_autoptr (LlmTokenizer) tokenizer = NULL;
  g_autoptr (LlmConstraint) constraint = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (llm_constraint_new_choices (full, none, NULL));
  g_assert_null (llm_constraint_new_choices (full, empty, NULL));
  gguf_builder_add_string (builder, "tokenizer.ggml.model", "gpt2");
  gguf_builder_add_string (builder, "tokenizer.ggml.pre", "gpt-2");
  gguf_builder_add_strings (builder, "tokenizer.ggml.tokens", letters, 2);
  gguf_builder_add_strings (builder, "tokenizer.ggml.merges", none, 0);
  bytes = gguf_builder_build (builder);
  gguf = nn_gguf_new_from_bytes (bytes, "letters", NULL);
  tokenizer = llm_tokenizer_new (gguf, NULL);
  constraint = llm_constraint_new_choices (tokenizer, a, NULL);
  g_assert_nonnull (constraint);
  g_assert_cmphex (llm_constraint_mask (constraint)[0], ==, 3);
  g_assert_null (llm_constraint_new_choices (tokenizer, c, &error));
  g_assert_error (error, LLM_ERROR, LLM_ERROR_ARGUMENT);
  g_assert_null (llm_constraint_new_json_schema (tokenizer, "{\"type\": \"string\"}", NULL));
}

static gpointer
first_mask (gpointer data)
{
  static const char *const choices[] = { "yes", "no", NULL };
  g_autoptr (LlmConstraint) constraint = llm_constraint_new_choices (data, choices, NULL);

  return g_memdup2 (llm_constraint_mask (constraint), 8 * sizeof (uint32_t));
}

/* Threads share a tokenizer; the first that asks makes its index. */
static void
test_threads (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  g_autofree uint32_t *expected = NULL;
  GThread *threads[4];

  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("mask", first_mask, tokenizer);
  expected = first_mask (tokenizer);
  g_assert_true (is_set (expected, 'y'));
  for (size_t i = 0; i < G_N_ELEMENTS (threads); i++) {
    g_autofree uint32_t *mask = g_thread_join (threads[i]);

    g_assert_cmpmem (mask, 32, expected, 32);
  }
}

static void
test_text_without_characters (void)
{
  g_autoptr (LlmTokenizer) tokenizer = tiny_tokenizer_new (tokens);
  g_autoptr (LlmConstraint) constraint = llm_constraint_new_without (tokenizer, "ab");
  const uint32_t *mask = llm_constraint_mask (constraint);

  for (int id = 0; id < llm_tokenizer_get_n_tokens (tokenizer); id++) {
    size_t length;
    const char *text = llm_tokenizer_piece (tokenizer, id, &length);
    gboolean is_bad = memchr (text, 'a', length) != NULL || memchr (text, 'b', length) != NULL;

    if (!llm_tokenizer_is_end (tokenizer, id))
      g_assert_cmpint (is_set (mask, id), ==, length > 0 && !is_bad);
  }
  g_assert_true (is_set (mask, llm_tokenizer_get_eos (tokenizer)));
  g_assert_false (llm_constraint_is_complete (constraint));
  llm_constraint_accept (constraint, llm_tokenizer_get_eos (tokenizer));
  g_assert_true (llm_constraint_is_complete (constraint));
  llm_constraint_reset (constraint);
  g_assert_false (llm_constraint_is_complete (constraint));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/llm/constraint/choices", test_choices);
  g_test_add_func ("/llm/constraint/languages", test_languages);
  g_test_add_func ("/llm/constraint/object", test_object);
  for (size_t i = 0; i < G_N_ELEMENTS (schemas); i++) {
    g_autofree char *name = g_strdup_printf ("/llm/constraint/walks/%zu", i);

    g_test_add_data_func (name, schemas[i], test_walks);
  }
  g_test_add_func ("/llm/constraint/bad-schemas", test_bad_schemas);
  g_test_add_func ("/llm/constraint/depth", test_depth);
  g_test_add_func ("/llm/constraint/vocabularies", test_vocabularies);
  g_test_add_func ("/llm/constraint/threads", test_threads);
  g_test_add_func ("/llm/constraint/without-characters", test_text_without_characters);
  return g_test_run ();
}
