/* SPDX-License-Identifier: GPL-3.0-or-later */

/* How long the main loop is held, for tests: where the environment variable HEARSAY_STALLS names a
 * file, each turn of the loop that takes 4 ms or more becomes a line there, as it comes:
 *
 *   TURN LAYOUT PAINT WALL
 *
 * TURN is all that runs between two waits; LAYOUT and PAINT are what of it the toolkit took to lay
 * the window out and to draw it: milliseconds of the main thread's processor time, which other
 * programs do not lengthen. WALL is the turn by the clock on the wall.
 */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void hs_stalls_watch (void);
/* Tells layout and painting of a window apart; does nothing where nothing is watched. */
void hs_stalls_watch_window (GtkWindow *window);

G_END_DECLS
