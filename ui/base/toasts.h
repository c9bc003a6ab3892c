/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

/* Short messages over the window's content, one after the other, as AdwToastOverlay shows them and
   in its style. That one is not used: in libadwaita before 1.3 a message that is dismissed while it
   still comes in is freed before its animation has ended, which then writes to it (mended upstream
   by "toast-overlay: Prevent show_done from firing after hide_done", 2023-02-18).

   A toast is an AdwToast that is in no AdwToastOverlay: its title (markup), button label and
   timeout count, and it emits "button-clicked". A message without a button that goes by
   itself makes way for what comes after it: nobody waits for old news to read what is new. */

#define HS_TYPE_TOASTS (hs_toasts_get_type ())
G_DECLARE_FINAL_TYPE (HsToasts, hs_toasts, HS, TOASTS, GtkWidget)

/* (nullable) (transfer none): those of the window around the widget. */
HsToasts *hs_toasts_of (GtkWidget *widget);

/* (transfer full) toast; toasts NULL: nobody is there to read it. */
void hs_toasts_add (HsToasts *toasts, AdwToast *toast);

/* Takes this one away, if it is shown or waits. */
void hs_toasts_remove (HsToasts *toasts, AdwToast *toast);

/* Takes away the one that is shown; FALSE: there is none. */
gboolean hs_toasts_dismiss (HsToasts *toasts);
