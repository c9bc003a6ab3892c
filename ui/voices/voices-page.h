/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The user's own voices: what each comes from, hearing, revoking and deleting them, and making one.
 * The engine makes them, one at a time.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_VOICES_PAGE (hs_voices_page_get_type ())
G_DECLARE_FINAL_TYPE (HsVoicesPage, hs_voices_page, HS, VOICES_PAGE, GtkBox)

G_END_DECLS
