/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The models: what there is, what each needs, installing with progress, removing, and which one
 * answers. The engine does the work; several are installed one after the other.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_MODELS_PAGE (hs_models_page_get_type ())
G_DECLARE_FINAL_TYPE (HsModelsPage, hs_models_page, HS, MODELS_PAGE, GtkBox)

G_END_DECLS
