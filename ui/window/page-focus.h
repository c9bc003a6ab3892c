/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where the focus goes when a page is opened: to where one was on it, which GtkStack remembers, or
 * else to what the page names, or else to its first control. Left alone the focus would stay at a
 * button of the header bar. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Of the page that is shown. opened: a set of the pages that had the focus once, to which it is
 * added. */
void hs_page_focus_move (GtkStack *pages, GHashTable *opened);

G_END_DECLS
