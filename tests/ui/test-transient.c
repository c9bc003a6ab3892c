/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What comes and goes by itself: short messages, the focus of a widget that is taken away. Needs a
   display; skips without one. */

#include "tests/ui/start.h"
#include "ui/base/focus-keeper.h"
#include "ui/base/toasts.h"

typedef struct {
  GtkWidget *window;
  HsToasts *toasts;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  GtkWidget *overlay = gtk_overlay_new ();

  fixture->window = gtk_window_new ();
  fixture->toasts = g_object_new (HS_TYPE_TOASTS, NULL);
  gtk_overlay_set_child (GTK_OVERLAY (overlay), gtk_label_new ("below"));
  gtk_overlay_add_overlay (GTK_OVERLAY (overlay), GTK_WIDGET (fixture->toasts));
  gtk_window_set_child (GTK_WINDOW (fixture->window), overlay);
  gtk_window_present (GTK_WINDOW (fixture->window));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_add_weak_pointer (G_OBJECT (fixture->toasts), (gpointer *) &fixture->toasts);
  gtk_window_destroy (GTK_WINDOW (fixture->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (fixture->toasts);
}

static gboolean
past_cb (gpointer is_past)
{
  *(gboolean *) is_past = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pass_time (guint milliseconds)
{
  gboolean is_past = FALSE;

  g_timeout_add (milliseconds, past_cb, &is_past);
  while (!is_past)
    g_main_context_iteration (NULL, TRUE);
}

/* (transfer none): what is shown, or NULL. */
static const char *
find_title (GtkWidget *widget)
{
  const char *found = NULL;

  if (!gtk_widget_get_visible (widget) || !gtk_widget_get_child_visible (widget))
    return NULL;
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_title (child);
  return found;
}

static void
wait_for_title (Fixture *fixture, const char *title)
{
  for (int i = 0; i < 500 && g_strcmp0 (find_title (GTK_WIDGET (fixture->toasts)), title) != 0; i++)
    pass_time (10);
  g_assert_cmpstr (find_title (GTK_WIDGET (fixture->toasts)), ==, title);
}

/* News makes way for newer news; what has a button waits its turn and stays. */
static void
test_order (Fixture *fixture, gconstpointer data)
{
  AdwToast *deleted = adw_toast_new ("deleted");

  g_assert_false (hs_toasts_dismiss (fixture->toasts));
  hs_toasts_add (fixture->toasts, adw_toast_new ("one &amp; only"));
  wait_for_title (fixture, "one & only");
  hs_toasts_add (fixture->toasts, adw_toast_new ("two"));
  hs_toasts_add (fixture->toasts, adw_toast_new ("two"));
  wait_for_title (fixture, "two");
  adw_toast_set_button_label (deleted, "_Undo");
  adw_toast_set_timeout (deleted, 0);
  hs_toasts_add (fixture->toasts, deleted);
  wait_for_title (fixture, "deleted");
  hs_toasts_add (fixture->toasts, adw_toast_new ("three"));
  hs_toasts_add (fixture->toasts, adw_toast_new ("four"));
  pass_time (500);
  g_assert_cmpstr (find_title (GTK_WIDGET (fixture->toasts)), ==, "deleted");
  g_assert_true (hs_toasts_dismiss (fixture->toasts));
  wait_for_title (fixture, "four");
  g_assert_true (hs_toasts_dismiss (fixture->toasts));
  wait_for_title (fixture, NULL);
  g_assert_false (hs_toasts_dismiss (fixture->toasts));
}

static void
test_timeout (Fixture *fixture, gconstpointer data)
{
  AdwToast *toast = adw_toast_new ("brief");

  adw_toast_set_timeout (toast, 1);
  hs_toasts_add (fixture->toasts, toast);
  wait_for_title (fixture, "brief");
  wait_for_title (fixture, NULL);
}

static void
clicked_cb (guint *n_clicked)
{
  (*n_clicked)++;
}

static GtkWidget *
find_button (GtkWidget *widget, const char *label)
{
  GtkWidget *found = NULL;

  if (GTK_IS_BUTTON (widget) && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (widget)), label) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL && found == NULL;
       child = gtk_widget_get_next_sibling (child))
    found = find_button (child, label);
  return found;
}

static void
test_button (Fixture *fixture, gconstpointer data)
{
  AdwToast *toast = adw_toast_new ("deleted");
  guint n_clicked = 0;

  adw_toast_set_button_label (toast, "_Undo");
  g_signal_connect_swapped (toast, "button-clicked", G_CALLBACK (clicked_cb), &n_clicked);
  hs_toasts_add (fixture->toasts, toast);
  wait_for_title (fixture, "deleted");
  GtkWidget *button = find_button (GTK_WIDGET (fixture->toasts), "_Undo");
  g_assert_nonnull (button);
  g_signal_emit_by_name (button, "clicked");
  g_signal_emit_by_name (button, "clicked");
  g_assert_cmpuint (n_clicked, ==, 1);
  wait_for_title (fixture, NULL);
}

/* Taken away at each moment of coming in, and while others wait; then with the window. */
static void
test_haste (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 12; i++) {
    AdwToast *toast = adw_toast_new ("hasty");

    adw_toast_set_button_label (toast, "_Undo");
    hs_toasts_add (fixture->toasts, toast);
    hs_toasts_add (fixture->toasts, adw_toast_new ("another"));
    pass_time (i * 25);
    hs_toasts_dismiss (fixture->toasts);
    pass_time (i % 4 * 25);
    hs_toasts_dismiss (fixture->toasts);
  }
  wait_for_title (fixture, NULL);
  hs_toasts_add (fixture->toasts, adw_toast_new ("last"));
  hs_toasts_add (fixture->toasts, adw_toast_new ("never seen"));
}

static void
test_focus (void)
{
  GtkWidget *window;
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *button = gtk_button_new_with_label ("goes");
  GtkWidget *label = gtk_label_new ("stays");

  hs_focus_keep ();
  window = gtk_window_new ();
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_box_append (GTK_BOX (box), button);
  gtk_box_append (GTK_BOX (box), label);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  gtk_widget_grab_focus (button);
  g_assert_true (gtk_window_get_focus (GTK_WINDOW (window)) == button);
  g_object_add_weak_pointer (G_OBJECT (button), (gpointer *) &button);
  gtk_box_remove (GTK_BOX (box), button);
  gtk_widget_grab_focus (label);
  g_assert_nonnull (button);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (button);
  g_object_add_weak_pointer (G_OBJECT (label), (gpointer *) &label);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_null (label);
}

int
main (int argc, char **argv)
{
  if (!test_init_display (&argc, &argv))
    return 0;
  g_test_add ("/ui/toasts/order", Fixture, NULL, set_up, test_order, tear_down);
  g_test_add ("/ui/toasts/timeout", Fixture, NULL, set_up, test_timeout, tear_down);
  g_test_add ("/ui/toasts/button", Fixture, NULL, set_up, test_button, tear_down);
  g_test_add ("/ui/toasts/haste", Fixture, NULL, set_up, test_haste, tear_down);
  g_test_add_func ("/ui/focus", test_focus);
  return g_test_run ();
}
