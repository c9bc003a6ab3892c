/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A question without its first words, clause by clause: "I missed that. What does she want?" asks
 * only in its second sentence, and a small model that finds no answer to the whole may find one to
 * that. A pure function.
 *
 *   g_auto (GStrv) tails = app_question_tails_list (question);
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* (transfer full): the question from its second clause on, from its third on, ...; empty if it has
 * one clause only, too many, or quotations or brackets, which are left alone. The last clause that
 * ends in a question mark is in all of them. */
GStrv app_question_tails_list (const char *question);

G_END_DECLS
