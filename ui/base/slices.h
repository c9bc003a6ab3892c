/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Work that only the main thread can do, as making widgets, in slices: after each few milliseconds
 * of it the window is drawn and hears its user.
 *
 * What was added last is done first, so that what a slice itself adds is finished before the next
 * one. An object that is gone needs no more work.
 *
 *   hs_slices_add (G_OBJECT (self), make_next_row);
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* Of one turn of the main loop; a single step may take longer. */
#define HS_SLICE_US 2000

/* One step; FALSE: there is no more to be done. */
typedef gboolean (*HsSlice) (gpointer object);

/* An object has one task at a time: if it has this one already, nothing happens. */
void hs_slices_add (GObject *object, HsSlice slice);
void hs_slices_drop (GObject *object);

G_END_DECLS
