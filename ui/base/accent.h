/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How Chinese is read aloud, as the user set it: for whatever the window has the engine speak.
 *
 *   g_autofree char *accent = hs_accent_get (settings);
 *   hs_accent_add (builder, accent);
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* (transfer full) (nullable): the engine's name for it (app/speech/accent.h), NULL where the text
 * decides. */
char *hs_accent_get (GSettings *settings);
/* The member of a request; none for NULL. */
void hs_accent_add (JsonBuilder *builder, const char *accent);
/* For g_settings_bind_with_mapping(): the names in the order in which they are offered, as an
 * unsigned number. */
gboolean hs_accent_to_place (GValue *value, GVariant *variant, gpointer user_data);
GVariant *hs_accent_from_place (const GValue *value, const GVariantType *type, gpointer user_data);

G_END_DECLS
