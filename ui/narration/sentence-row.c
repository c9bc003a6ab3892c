/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/narration/sentence-row.h"

#include <glib/gi18n.h>

#include "app/speech/paragraphs.h"

struct _HsSentenceRow {
  GtkBox parent_instance;
};

G_DEFINE_FINAL_TYPE (HsSentenceRow, hs_sentence_row, GTK_TYPE_BOX)

static const char *
get_string (JsonObject *object, const char *name)
{
  return json_object_get_string_member_with_default (object, name, "");
}

static guint
get_number (JsonObject *object)
{
  return (guint) json_object_get_int_member_with_default (object, "number", 0);
}

static JsonArray *
get_array (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_array_member (object, name) : NULL;
}

static gboolean
is_good (JsonObject *object)
{
  return json_object_get_boolean_member_with_default (object, "good", TRUE);
}

gboolean
hs_sentence_needs_a_look (JsonObject *sentence)
{
  return !is_good (sentence) || get_array (sentence, "earlier") != NULL;
}

/* (transfer full): the sentence with the words that were not heard underlined. */
static char *
make_markup (JsonObject *object)
{
  const char *text = get_string (object, "text");
  JsonArray *missed = is_good (object) ? NULL : get_array (object, "missed");
  g_autoptr (AppLetters) letters = app_letters_new (text);
  g_autoptr (GString) markup = g_string_new (NULL);
  gsize from = 0, done = 0, begin, end;

  for (guint i = 0; missed != NULL && i < json_array_get_length (missed); i++) {
    const char *word = json_array_get_string_element (missed, i);
    if (word == NULL || !app_letters_find (letters, word, &from, &begin, &end))
      continue;
    g_autofree char *before = g_markup_escape_text (text + done, (gssize) (begin - done));
    g_autofree char *shown = g_markup_escape_text (text + begin, (gssize) (end - begin));
    g_string_append_printf (markup, "%s<span underline=\"error\" weight=\"bold\">%s</span>", before,
                            shown);
    done = end;
  }
  g_autofree char *rest = g_markup_escape_text (text + done, -1);
  g_string_append (markup, rest);
  return g_string_free (g_steal_pointer (&markup), FALSE);
}

/* (transfer full) (nullable): NULL: nothing is wrong. */
static char *
describe_finding (JsonObject *object)
{
  const char *heard = get_string (object, "heard");
  int percent = (int) (json_object_get_double_member_with_default (object, "score", 0) * 100);

  if (is_good (object))
    return NULL;
  if (heard[0] == '\0')
    return g_strdup (_ ("Nothing was understood"));
  /* Translators: the words that the check understood, then how much of the sentence they are. */
  return g_strdup_printf (_ ("Heard: “%s” · %d%% as it is written"), heard, percent);
}

static GtkWidget *
make_label (const char *text, const char *class)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (class != NULL)
    gtk_widget_add_css_class (label, class);
  return label;
}

/* what: that it is done to. */
static GtkWidget *
make_button (const char *icon, const char *name, const char *what, const char *action,
             GVariant *target)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  /* Translators: what is done, then the sentence that it is done to. */
  g_autofree char *label = g_strdup_printf (_ ("%s: %s"), name, what);

  gtk_widget_set_valign (button, GTK_ALIGN_START);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label,
                                  -1);
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (button), target);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  return button;
}

/* number 0: the take that is used. */
static void
add_take (GtkBox *box, JsonObject *sentence, JsonObject *take, guint number, const char *title)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *use = gtk_button_new_with_label (_ ("Use"));
  GtkWidget *label = make_label (title, NULL);
  g_autofree char *place = number > 0 ? g_strdup_printf (".%u", number) : g_strdup ("");
  g_autofree char *file = g_strconcat (get_string (sentence, "take"), place, ".flac", NULL);
  g_autofree char *described = g_strdup_printf (_ ("%s: %s"), _ ("Use"), title);

  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_valign (use, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (use), GTK_ACCESSIBLE_PROPERTY_LABEL, described,
                                  -1);
  gtk_widget_set_tooltip_text (use, _ ("Keep this take and delete the others"));
  gtk_actionable_set_action_target_value (GTK_ACTIONABLE (use),
                                          g_variant_new ("(uu)", get_number (sentence), number));
  gtk_actionable_set_action_name (GTK_ACTIONABLE (use), "narration.choose");
  gtk_box_append (GTK_BOX (line), make_button ("media-playback-start-symbolic", _ ("Play"), title,
                                               "narration.play-take", g_variant_new_string (file)));
  gtk_box_append (GTK_BOX (line), label);
  if (!is_good (take)) {
    GtkWidget *warning = gtk_image_new_from_icon_name ("dialog-warning-symbolic");
    g_autofree char *finding = describe_finding (take);
    gtk_widget_set_tooltip_text (warning, finding);
    gtk_box_append (GTK_BOX (line), warning);
  }
  gtk_box_append (GTK_BOX (line), use);
  gtk_box_append (box, line);
}

static void
add_takes (GtkBox *box, JsonObject *object, JsonArray *earlier)
{
  for (guint i = 0; i < json_array_get_length (earlier); i++) {
    JsonObject *take = json_array_get_object_element (earlier, i);
    guint number = get_number (take);
    g_autofree char *title = g_strdup_printf (_ ("Take %u"), number);
    add_take (box, object, take, number, title);
  }
  add_take (box, object, object, 0, _ ("New take"));
}

static void
hs_sentence_row_class_init (HsSentenceRowClass *class)
{
}

static void
hs_sentence_row_init (HsSentenceRow *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_widget_add_css_class (GTK_WIDGET (self), "sentence");
}

GtkWidget *
hs_sentence_row_new (JsonObject *sentence)
{
  GtkWidget *self = g_object_new (HS_TYPE_SENTENCE_ROW, NULL);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *label = make_label (NULL, NULL);
  const char *text = get_string (sentence, "text");
  JsonArray *earlier = get_array (sentence, "earlier");
  guint number = get_number (sentence);
  g_autofree char *markup = make_markup (sentence);
  g_autofree char *finding = describe_finding (sentence);

  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_box_append (GTK_BOX (words), label);
  if (finding != NULL) {
    GtkWidget *found = make_label (finding, "caption");
    gtk_widget_add_css_class (found, "finding");
    gtk_box_append (GTK_BOX (words), found);
  }
  gtk_widget_set_hexpand (words, TRUE);
  gtk_widget_set_valign (words, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (line), make_button ("media-playback-start-symbolic", _ ("Play"), text,
                                               "narration.play", g_variant_new_uint32 (number)));
  gtk_box_append (GTK_BOX (line), words);
  gtk_box_append (GTK_BOX (line), make_button ("view-refresh-symbolic", _ ("Speak Again"), text,
                                               "narration.retake", g_variant_new_uint32 (number)));
  gtk_box_append (GTK_BOX (self), line);
  if (earlier != NULL) {
    GtkWidget *takes = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
    gtk_widget_add_css_class (takes, "takes");
    add_takes (GTK_BOX (takes), sentence, earlier);
    gtk_box_append (GTK_BOX (self), takes);
  }
  return self;
}
