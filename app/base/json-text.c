/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/json-text.h"

#include <string.h>

#include "app/base/app-error.h"

/* json-glib calls itself for every bracket, so depth is looked at before it reads. */
static gboolean
is_shallow (const char *text, gsize length)
{
  int depth = 0;
  gboolean is_quoted = FALSE;

  for (gsize i = 0; i < length; i++) {
    char c = text[i];

    if (is_quoted && c == '\\')
      i++;
    else if (c == '"')
      is_quoted = !is_quoted;
    else if (!is_quoted && (c == '{' || c == '['))
      depth++;
    else if (!is_quoted && (c == '}' || c == ']'))
      depth--;
    if (depth > APP_JSON_MAX_DEPTH)
      return FALSE;
  }
  return TRUE;
}

JsonNode *
app_json_parse (const char *text, gssize length, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError) inner = NULL;
  gsize n = length < 0 ? strlen (text) : (gsize) length;
  JsonNode *root = NULL;

  if (!g_utf8_validate_len (text, n, NULL))
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "JSON that is not valid UTF-8");
  else if (!is_shallow (text, n))
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "JSON nested deeper than %d",
                 APP_JSON_MAX_DEPTH);
  else if (!json_parser_load_from_data (parser, text, (gssize) n, &inner)) {
    /* It may quote a part of a character. */
    g_autofree char *message = g_utf8_make_valid (inner->message, -1);

    g_strdelimit (message, "\n", ' ');
    g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "not JSON: %s", message);
  } else {
    root = json_parser_steal_root (parser);
    if (root == NULL)
      g_set_error (error, APP_ERROR, APP_ERROR_FORMAT, "not JSON: there is nothing in it");
  }
  return root;
}

const char *
app_json_get_text (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
                 && json_node_get_value_type (node) == G_TYPE_STRING
                 && g_utf8_validate (json_node_get_string (node), -1, NULL)
             ? json_node_get_string (node)
             : NULL;
}

double
app_json_get_number (JsonObject *object, const char *name, double otherwise)
{
  JsonNode *node = json_object_get_member (object, name);
  GType type =
      node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;

  return type == G_TYPE_INT64 || type == G_TYPE_DOUBLE ? json_node_get_double (node) : otherwise;
}

gboolean
app_json_get_flag (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node)
         && json_node_get_value_type (node) == G_TYPE_BOOLEAN && json_node_get_boolean (node);
}
