/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/server/members.h"

#include <math.h>

#include "app/base/json-text.h"
#include "app/server/http-error.h"

static gboolean
refuse (GError **error, const char *name, const char *expected)
{
  g_set_error (error, APP_HTTP_ERROR, 400, "%s: %s is expected", name, expected);
  return FALSE;
}

/* The member's node; NULL where it is absent or null. */
static JsonNode *
find (JsonObject *object, const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node == NULL || JSON_NODE_HOLDS_NULL (node) ? NULL : node;
}

static gboolean
is_of (JsonNode *node, GType type)
{
  return JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type;
}

JsonNode *
app_members_parse (const char *text, gsize n_bytes, GError **error)
{
  g_autoptr (GError) problem = NULL;
  g_autoptr (JsonNode) root = app_json_parse (text, (gssize) n_bytes, &problem);

  if (root == NULL) {
    g_set_error (error, APP_HTTP_ERROR, 400, "the request: %s", problem->message);
    return NULL;
  }
  if (!JSON_NODE_HOLDS_OBJECT (root)) {
    refuse (error, "the request", "a JSON object");
    return NULL;
  }
  return g_steal_pointer (&root);
}

gboolean
app_members_get_string (JsonObject *object, const char *name, const char **value, GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  /* An escape may stand for half a character. */
  if (!is_of (node, G_TYPE_STRING) || !g_utf8_validate (json_node_get_string (node), -1, NULL))
    return refuse (error, name, "a text");
  *value = json_node_get_string (node);
  return TRUE;
}

gboolean
app_members_get_number (JsonObject *object, const char *name, double min, double max, double *value,
                        GError **error)
{
  JsonNode *node = find (object, name);
  double number;

  if (node == NULL)
    return TRUE;
  if (!is_of (node, G_TYPE_DOUBLE) && !is_of (node, G_TYPE_INT64))
    return refuse (error, name, "a number");
  number = json_node_get_double (node);
  if (!isfinite (number) || number < min || number > max) {
    g_set_error (error, APP_HTTP_ERROR, 400, "%s: a number between %.16g and %.16g is expected",
                 name, min, max);
    return FALSE;
  }
  *value = number;
  return TRUE;
}

gboolean
app_members_get_int (JsonObject *object, const char *name, int min, int max, int *value,
                     GError **error)
{
  double number = *value;

  if (!app_members_get_number (object, name, min, max, &number, error))
    return FALSE;
  *value = (int) number;
  return number == *value || refuse (error, name, "a whole number");
}

gboolean
app_members_get_bool (JsonObject *object, const char *name, gboolean *value, GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (!is_of (node, G_TYPE_BOOLEAN))
    return refuse (error, name, "true or false");
  *value = json_node_get_boolean (node);
  return TRUE;
}

gboolean
app_members_get_object (JsonObject *object, const char *name, JsonObject **value, GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_OBJECT (node))
    return refuse (error, name, "an object");
  *value = json_node_get_object (node);
  return TRUE;
}

gboolean
app_members_get_array (JsonObject *object, const char *name, JsonArray **value, GError **error)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return TRUE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return refuse (error, name, "an array");
  *value = json_node_get_array (node);
  return TRUE;
}

gboolean
app_members_has (JsonObject *object, const char *name)
{
  JsonNode *node = find (object, name);

  if (node == NULL)
    return FALSE;
  if (JSON_NODE_HOLDS_ARRAY (node))
    return json_array_get_length (json_node_get_array (node)) > 0;
  if (JSON_NODE_HOLDS_OBJECT (node))
    return json_object_get_size (json_node_get_object (node)) > 0;
  if (is_of (node, G_TYPE_BOOLEAN))
    return json_node_get_boolean (node);
  if (is_of (node, G_TYPE_STRING))
    return json_node_get_string (node)[0] != '\0';
  return json_node_get_double (node) != 0;
}
