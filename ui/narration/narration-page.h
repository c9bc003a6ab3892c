/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A text read aloud: written or opened, spoken in a voice that is chosen, listened to, exported.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_NARRATION_PAGE (hs_narration_page_get_type ())
G_DECLARE_FINAL_TYPE (HsNarrationPage, hs_narration_page, HS, NARRATION_PAGE, GtkBox)

G_END_DECLS
