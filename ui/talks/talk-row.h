/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Rows of the list at the side: a conversation, what a search found of one, or a folder. */

#pragma once

#include <gtk/gtk.h>

#include "app/talks/conversations.h"

G_BEGIN_DECLS

/* What becomes a row: one of the first three, owned. */
typedef struct {
  AppTalk *talk;
  AppFound *found;
  char *folder;
  gboolean is_open; /* the folder */
} HsTalkItem;

/* Where a row leads: to a conversation, of what was found to a message, or into a folder. */
typedef struct {
  gint64 talk;
  gint64 message;
  char *folder;               /* NULL: it is none */
  GtkMenuButton *menu_button; /* of a folder, in the row; else NULL */
  char *key;                  /* two rows with the same look the same */
} HsPlace;

void hs_talk_item_free (HsTalkItem *item);
/* (transfer full) */
char *hs_talk_item_make_key (const HsTalkItem *item);
/* A GtkListBoxRow. */
GtkWidget *hs_talk_row_new (const HsTalkItem *item);
const HsPlace *hs_talk_row_get_place (GtkWidget *row);
/* One line that ends in dots where it is too long; style may be NULL. */
GtkWidget *hs_talk_row_create_label (const char *text, const char *style);

G_END_DECLS
