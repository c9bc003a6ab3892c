/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Code in the colours of its language, with a button that copies it. */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define HS_TYPE_CODE_BLOCK (hs_code_block_get_type ())
G_DECLARE_FINAL_TYPE (HsCodeBlock, hs_code_block, HS, CODE_BLOCK, GtkBox)

/* language: as it stands behind the fence ("c", "python"), or "". */
GtkWidget *hs_code_block_new (const char *code, const char *language);
void hs_code_block_set_code (HsCodeBlock *block, const char *code);
/* Reads what all languages need, before the first block is wanted, in slices that belong to an
 * object that stays. */
void hs_code_block_prepare (GObject *owner);

G_END_DECLS
