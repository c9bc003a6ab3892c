/* SPDX-License-Identifier: GPL-3.0-or-later */

#include "app/base/json-write.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void write_node (GString *out, JsonNode *node, int depth);

static void
write_string (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *p = text; *p != '\0'; p++) {
    guchar c = (guchar) *p;
    if (c == '"' || c == '\\')
      g_string_append_printf (out, "\\%c", c);
    else if (c == '\n')
      g_string_append (out, "\\n");
    else if (c == '\t')
      g_string_append (out, "\\t");
    else if (c < 0x20 || c == 0x7f)
      g_string_append_printf (out, "\\u%04x", c);
    else
      g_string_append_c (out, (char) c);
  }
  g_string_append_c (out, '"');
}

static void
write_number (GString *out, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];
  if (!isfinite (value)) { /* JSON has no word for it */
    g_string_append (out, "null");
    return;
  }
  for (int digits = 6; digits <= 17; digits++) {
    char format[8];
    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  g_string_append (out, text);
}

static void
write_indent (GString *out, int depth)
{
  g_string_append_c (out, '\n');
  for (int i = 0; i < depth; i++)
    g_string_append (out, "  ");
}

static void
write_object (GString *out, JsonObject *object, int depth)
{
  g_autoptr (GList) names = json_object_get_members (object);
  g_string_append_c (out, '{');
  for (GList *l = names; l != NULL; l = l->next) {
    write_indent (out, depth + 1);
    write_string (out, l->data);
    g_string_append (out, ": ");
    write_node (out, json_object_get_member (object, l->data), depth + 1);
    if (l->next != NULL)
      g_string_append_c (out, ',');
  }
  if (names != NULL)
    write_indent (out, depth);
  g_string_append_c (out, '}');
}

static void
write_array (GString *out, JsonArray *array, int depth)
{
  guint n = json_array_get_length (array);
  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++) {
    write_indent (out, depth + 1);
    write_node (out, json_array_get_element (array, i), depth + 1);
    if (i + 1 < n)
      g_string_append_c (out, ',');
  }
  if (n > 0)
    write_indent (out, depth);
  g_string_append_c (out, ']');
}

static void
write_node (GString *out, JsonNode *node, int depth)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    write_object (out, json_node_get_object (node), depth);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    write_array (out, json_node_get_array (node), depth);
  else if (JSON_NODE_HOLDS_NULL (node))
    g_string_append (out, "null");
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    write_string (out, json_node_get_string (node));
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else if (json_node_get_value_type (node) == G_TYPE_DOUBLE)
    write_number (out, json_node_get_double (node));
  else
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
}

char *
app_json_to_text (JsonNode *root)
{
  GString *out = g_string_new (NULL);
  write_node (out, root, 0);
  g_string_append_c (out, '\n');
  return g_string_free (out, FALSE);
}

void
app_json_add_number (JsonBuilder *builder, const char *name, double value, int n_decimals)
{
  double scale = pow (10.0, n_decimals);
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, round (value * scale) / scale);
}

void
app_json_add_string (JsonBuilder *builder, const char *name, const char *value)
{
  json_builder_set_member_name (builder, name);
  if (value == NULL) {
    json_builder_add_null_value (builder);
    return;
  }
  g_autofree char *text = g_utf8_make_valid (value, -1);
  json_builder_add_string_value (builder, text);
}

void
app_json_add_path (JsonBuilder *builder, const char *name, const char *path)
{
  g_autofree char *address =
      g_utf8_validate (path, -1, NULL) ? NULL : g_filename_to_uri (path, NULL, NULL);
  app_json_add_string (builder, name, address != NULL ? address : path);
}

void
app_json_add_int (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

char *
app_json_display (const char *bytes)
{
  char *text = g_utf8_make_valid (bytes, -1);
  for (char *p = text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c < 0x20 || c == 0x7f)
      *p = ' ';
    else if (c >= 0x80 && c < 0xa0) /* C1 controls: two bytes, as is the no-break space */
      memcpy (p, "\302\240", 2);
  }
  return text;
}
