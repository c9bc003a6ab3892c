/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Many recordings, written down one after the other: paused and gone on with, with the time left,
 * and exported together. One that cannot be read stays with what is wrong, and the next begins. The
 * list is there again at the next start (batch-store.h), and what is left of it waits.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_BATCH_PAGE (hs_batch_page_get_type ())
G_DECLARE_FINAL_TYPE (HsBatchPage, hs_batch_page, HS, BATCH_PAGE, GtkBox)

/* Begins with it, unless others are before it or all is paused. One that is there already is not
 * added again. */
void hs_batch_page_add (HsBatchPage *page, GFile *file);
void hs_batch_page_choose_files (HsBatchPage *page);

G_END_DECLS
