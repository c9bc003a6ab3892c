/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/base/accent.h"

static const char *const names[] = { "automatic", "taiwan", "mainland" };

char *
hs_accent_get (GSettings *settings)
{
  g_autofree char *name = g_settings_get_string (settings, "accent");

  return g_str_equal (name, names[0]) ? NULL : g_steal_pointer (&name);
}

void
hs_accent_add (JsonBuilder *builder, const char *accent)
{
  if (accent == NULL)
    return;
  json_builder_set_member_name (builder, "accent");
  json_builder_add_string_value (builder, accent);
}

gboolean
hs_accent_to_place (GValue *value, GVariant *variant, gpointer user_data)
{
  const char *name = g_variant_get_string (variant, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_str_equal (name, names[i])) {
      g_value_set_uint (value, i);
      return TRUE;
    }
  return FALSE;
}

GVariant *
hs_accent_from_place (const GValue *value, const GVariantType *type, gpointer user_data)
{
  guint place = g_value_get_uint (value);

  return place < G_N_ELEMENTS (names) ? g_variant_new_string (names[place]) : NULL;
}
