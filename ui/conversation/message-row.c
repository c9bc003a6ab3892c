/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ui/conversation/message-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app/base/json-text.h"
#include "ui/base/prompt-button.h"
#include "ui/base/read-aloud.h"
#include "ui/base/stage.h"
#include "ui/base/trouble.h"
#include "ui/text/markdown-view.h"

/* Of a question; somebody may have pasted a book. */
#define MAX_SHOWN 4000
/* Of a recording. */
#define MAX_S 1e9

struct _HsMessageRow {
  GtkBox parent_instance;
  GtkBox *recordings;
  GtkLabel *question;
  GtkWidget *stage;
  GtkLabel *stage_label;
  GtkProgressBar *stage_bar;
  GtkExpander *thoughts;
  HsMarkdownView *thought;
  HsMarkdownView *answer;
  GtkLabel *trouble;
  GtkWidget *install;
  GtkBox *evidence;
  GtkWidget *tools;
  GtkWidget *branches;
  GtkWidget *previous;
  GtkWidget *next;
  GtkLabel *branch_label;
  GtkWidget *copy;
  GtkWidget *edit;
  GtkWidget *regenerate;
  GtkWidget *read_aloud;
  GtkLabel *note;
  gint64 id;
  AppRole role;
  char *text;
  char *thinking; /* what the fold holds; "": it is not there */
  char *passages; /* JSON of the evidence, as it is shown */
  char *details;
  AppMessageState state;
  guint sibling, n_siblings;
  gboolean is_current;  /* what is shown is what these say */
  HsReadAloud *reading; /* NULL: silence */
};

enum { SIGNAL_EDIT, SIGNAL_REGENERATE, SIGNAL_BRANCH, SIGNAL_EVIDENCE, N_SIGNALS };
static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (HsMessageRow, hs_message_row, GTK_TYPE_BOX)

static void
copy_cb (HsMessageRow *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), self->text);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", _ ("Copied"));
}

static void
show_reading (HsMessageRow *self)
{
  const char *action = self->reading != NULL ? _ ("Stop Reading") : _ ("Read Aloud");

  gtk_button_set_icon_name (GTK_BUTTON (self->read_aloud), self->reading != NULL
                                                               ? "media-playback-stop-symbolic"
                                                               : "audio-speakers-symbolic");
  gtk_widget_set_tooltip_text (self->read_aloud, action);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->read_aloud), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  action, -1);
}

static void
reading_failed_cb (HsMessageRow *self, const char *message)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.tell", "s", message);
}

static void
reading_ended_cb (HsMessageRow *self)
{
  g_clear_object (&self->reading);
  show_reading (self);
}

static void
read_aloud_cb (HsMessageRow *self)
{
  if (self->reading != NULL) {
    hs_read_aloud_stop (self->reading);
    return;
  }
  self->reading = hs_read_aloud_start (self->text);
  g_signal_connect_object (self->reading, "failed", G_CALLBACK (reading_failed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->reading, "ended", G_CALLBACK (reading_ended_cb), self,
                           G_CONNECT_SWAPPED);
  show_reading (self);
}

static void
edit_cb (HsMessageRow *self)
{
  g_signal_emit (self, signals[SIGNAL_EDIT], 0);
}

static void
regenerate_cb (HsMessageRow *self)
{
  g_signal_emit (self, signals[SIGNAL_REGENERATE], 0);
}

void
hs_message_row_answer_again (HsMessageRow *self)
{
  regenerate_cb (self);
}

void
hs_message_row_copy (HsMessageRow *self)
{
  copy_cb (self);
}

void
hs_message_row_read_aloud (HsMessageRow *self)
{
  read_aloud_cb (self);
}

static void
previous_cb (HsMessageRow *self)
{
  g_signal_emit (self, signals[SIGNAL_BRANCH], 0, -1);
}

static void
next_cb (HsMessageRow *self)
{
  g_signal_emit (self, signals[SIGNAL_BRANCH], 0, 1);
}

typedef struct {
  int recording;
  double start, end;
} Passage;

static void
evidence_cb (GtkButton *button, Passage *passage)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), HS_TYPE_MESSAGE_ROW);

  g_signal_emit (row, signals[SIGNAL_EVIDENCE], 0, passage->recording, passage->start,
                 passage->end);
}

static void
free_passage (gpointer data, GClosure *closure)
{
  g_free (data);
}

static void
add_evidence (HsMessageRow *self, JsonObject *object)
{
  Passage *passage = g_new0 (Passage, 1);
  const char *words = app_json_get_text (object, "text");
  const char *text = words != NULL ? words : "";
  const char *speaker = app_json_get_text (object, "speaker");
  GtkWidget *button = gtk_button_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (NULL);
  g_autofree char *time = NULL;
  g_autofree char *who = NULL;
  g_autofree char *markup = NULL;
  g_autofree char *spoken = NULL;

  passage->recording = (int) CLAMP (app_json_get_number (object, "recording", 0), -1, G_MAXINT);
  passage->start = CLAMP (app_json_get_number (object, "start", 0), 0, MAX_S);
  passage->end = CLAMP (app_json_get_number (object, "end", 0), 0, MAX_S);
  time = hs_time_format (passage->start);
  who = speaker != NULL ? g_strdup_printf ("%s · ", speaker) : g_strdup ("");
  markup = g_markup_printf_escaped ("<b>%s</b>  %s%s", time, who, text);
  /* Translators: a time, then the words that are spoken there. */
  spoken = g_strdup_printf (_ ("Play from %s: %s"), time, text);
  gtk_label_set_markup (GTK_LABEL (label), markup);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 60);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_box_append (GTK_BOX (box), gtk_image_new_from_icon_name ("media-playback-start-symbolic"));
  gtk_box_append (GTK_BOX (box), label);
  gtk_button_set_child (GTK_BUTTON (button), box);
  gtk_widget_set_tooltip_text (button, text);
  gtk_widget_add_css_class (button, "evidence");
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken,
                                  -1);
  g_signal_connect_data (button, "clicked", G_CALLBACK (evidence_cb), passage, free_passage, 0);
  gtk_widget_set_halign (button, GTK_ALIGN_START);
  gtk_box_append (self->evidence, button);
}

static void
show_evidence (HsMessageRow *self, const char *json)
{
  g_autoptr (JsonNode) node = json != NULL ? json_from_string (json, NULL) : NULL;
  JsonArray *array =
      node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  guint n = array != NULL ? json_array_get_length (array) : 0;
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->evidence))) != NULL)
    gtk_box_remove (self->evidence, child);
  for (guint i = 0; i < n; i++) {
    JsonNode *element = json_array_get_element (array, i);
    if (JSON_NODE_HOLDS_OBJECT (element))
      add_evidence (self, json_node_get_object (element));
  }
  gtk_widget_set_visible (GTK_WIDGET (self->evidence), n > 0);
}

/* (transfer full) (nullable): speed and context, quietly. */
static char *
describe_details (JsonObject *details)
{
  JsonNode *timing = json_object_get_member (details, "timing");
  JsonNode *context = json_object_get_member (details, "context");
  double speed = 0, used = 0, size = 0;
  GString *note = g_string_new (NULL);

  if (timing != NULL && JSON_NODE_HOLDS_OBJECT (timing))
    speed = app_json_get_number (json_node_get_object (timing), "generated_tokens_per_s", 0);
  if (context != NULL && JSON_NODE_HOLDS_OBJECT (context)) {
    used = app_json_get_number (json_node_get_object (context), "used", 0);
    size = app_json_get_number (json_node_get_object (context), "size", 0);
  }
  if (speed > 0)
    /* Translators: speed of writing. */
    g_string_append_printf (note, _ ("%.1f tokens/s"), speed);
  if (size > 0) {
    if (note->len > 0)
      g_string_append (note, " · ");
    /* Translators: part of the model's memory that the conversation fills. */
    g_string_append_printf (note, _ ("%d%% of context"), (int) CLAMP (100 * used / size, 0, 100));
  }
  return g_string_free (note, FALSE);
}

/* A fold that is closed costs nothing while it grows. */
static void
unfolded_cb (HsMessageRow *self)
{
  if (gtk_expander_get_expanded (self->thoughts))
    hs_markdown_view_set_text (self->thought, self->thinking);
}

static void
show_thought (HsMessageRow *self, const char *thought)
{
  if (g_str_equal (self->thinking, thought))
    return;
  g_free (self->thinking);
  self->thinking = g_strdup (thought);
  gtk_widget_set_visible (GTK_WIDGET (self->thoughts), thought[0] != '\0');
  unfolded_cb (self);
}

static void
show_details (HsMessageRow *self, const AppMessage *message)
{
  g_autoptr (JsonNode) node =
      message->details != NULL ? json_from_string (message->details, NULL) : NULL;
  JsonObject *details =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *error = NULL, *thought = NULL;
  gboolean is_missing = FALSE;
  g_autofree char *note = NULL;
  g_autofree char *trouble = NULL;

  if (details != NULL) {
    error = app_json_get_text (details, "error");
    thought = app_json_get_text (details, "thought");
    is_missing = app_json_get_flag (details, "not_installed");
    note = describe_details (details);
  }
  if (error != NULL)
    trouble = hs_trouble_describe_kind (
        (int) CLAMP (app_json_get_number (details, "kind", -1), -1, G_MAXINT), error, "\n");
  if (message->state == APP_MESSAGE_INTERRUPTED && error == NULL) {
    g_free (note);
    note = g_strdup (_ ("Stopped"));
  }
  gtk_label_set_label (self->note, note != NULL ? note : "");
  gtk_label_set_label (self->trouble, trouble != NULL ? trouble : "");
  gtk_widget_set_visible (GTK_WIDGET (self->trouble), error != NULL);
  gtk_widget_set_visible (self->install, is_missing);
  /* As long as it streams the answer has it. */
  if (message->state != APP_MESSAGE_STREAMING)
    show_thought (self, thought != NULL ? thought : "");
}

static void
show_branches (HsMessageRow *self, const AppMessage *message)
{
  g_autofree char *label = g_strdup_printf ("%u / %u", message->sibling + 1, message->n_siblings);

  gtk_widget_set_visible (self->branches, message->n_siblings > 1);
  gtk_label_set_label (self->branch_label, label);
  gtk_widget_set_sensitive (self->previous, message->sibling > 0);
  gtk_widget_set_sensitive (self->next, message->sibling + 1 < message->n_siblings);
}

static void
show_question (HsMessageRow *self)
{
  if (g_utf8_strlen (self->text, -1) > MAX_SHOWN) {
    g_autofree char *beginning = g_utf8_substring (self->text, 0, MAX_SHOWN);
    g_autofree char *shown = g_strconcat (beginning, "…", NULL);
    gtk_label_set_label (self->question, shown);
  } else {
    gtk_label_set_label (self->question, self->text);
  }
  gtk_widget_set_visible (GTK_WIDGET (self->question), self->text[0] != '\0');
}

static gboolean
is_shown (HsMessageRow *self, const AppMessage *message)
{
  return self->is_current && self->role == message->role && self->state == message->state
         && self->sibling == message->sibling && self->n_siblings == message->n_siblings
         && g_str_equal (self->text, message->text)
         && g_strcmp0 (self->passages, message->evidence) == 0
         && g_strcmp0 (self->details, message->details) == 0;
}

static void
take (HsMessageRow *self, const AppMessage *message)
{
  self->id = message->id;
  self->role = message->role;
  self->state = message->state;
  self->sibling = message->sibling;
  self->n_siblings = message->n_siblings;
  g_free (self->text);
  self->text = g_strdup (message->text);
  g_free (self->passages);
  self->passages = g_strdup (message->evidence);
  g_free (self->details);
  self->details = g_strdup (message->details);
  self->is_current = TRUE;
}

void
hs_message_row_update (HsMessageRow *self, const AppMessage *message)
{
  gboolean is_answer = message->role == APP_ROLE_ASSISTANT;

  if (is_shown (self, message))
    return;
  take (self, message);
  gtk_widget_set_visible (self->stage, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), is_answer && self->text[0] != '\0');
  gtk_widget_set_visible (self->edit, !is_answer);
  gtk_widget_set_visible (self->regenerate, is_answer);
  gtk_widget_set_visible (self->read_aloud, is_answer && self->text[0] != '\0');
  gtk_widget_set_visible (self->copy, self->text[0] != '\0');
  gtk_widget_set_visible (self->tools, is_answer || self->text[0] != '\0');
  gtk_widget_set_halign (self->tools, is_answer ? GTK_ALIGN_START : GTK_ALIGN_END);
  if (is_answer)
    hs_markdown_view_set_text (self->answer, self->text);
  else
    show_question (self);
  show_evidence (self, message->evidence);
  show_details (self, message);
  show_branches (self, message);
}

static void
answer_changed_cb (HsMessageRow *self, HsAnswer *answer)
{
  g_autofree char *stage = hs_answer_describe_stage (answer);
  double fraction = hs_answer_get_fraction (answer);
  double speed = hs_answer_get_speed (answer);

  if (!hs_answer_is_running (answer))
    return;
  self->is_current = FALSE;
  g_free (self->text);
  self->text = g_strdup (hs_answer_get_text (answer));
  show_thought (self, hs_answer_get_thought (answer));
  gtk_widget_set_visible (self->stage, stage != NULL);
  gtk_widget_set_visible (self->tools, FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->answer), stage == NULL);
  if (stage != NULL) {
    gtk_label_set_label (self->stage_label, stage);
    gtk_widget_set_visible (GTK_WIDGET (self->stage_bar), fraction > 0 && fraction < 1);
    gtk_progress_bar_set_fraction (self->stage_bar, CLAMP (fraction, 0, 1));
    return;
  }
  hs_markdown_view_set_text (self->answer, self->text);
  if (speed > 0) {
    g_autofree char *note = g_strdup_printf (_ ("%.1f tokens/s"), speed);
    gtk_label_set_label (self->note, note);
  }
}

void
hs_message_row_follow (HsMessageRow *self, HsAnswer *answer)
{
  g_signal_handlers_disconnect_by_func (answer, answer_changed_cb, self);
  g_signal_connect_object (answer, "changed", G_CALLBACK (answer_changed_cb), self,
                           G_CONNECT_SWAPPED);
  answer_changed_cb (self, answer);
}

gint64
hs_message_row_get_id (HsMessageRow *self)
{
  return self->id;
}

AppRole
hs_message_row_get_role (HsMessageRow *self)
{
  return self->role;
}

const char *
hs_message_row_get_text (HsMessageRow *self)
{
  return self->text;
}

GtkBox *
hs_message_row_get_recordings (HsMessageRow *self)
{
  return self->recordings;
}

/* What is out of sight is silent. */
static void
hs_message_row_dispose (GObject *object)
{
  HsMessageRow *self = HS_MESSAGE_ROW (object);

  if (self->reading != NULL) {
    g_signal_handlers_disconnect_by_data (self->reading, self);
    hs_read_aloud_stop (self->reading);
    g_clear_object (&self->reading);
  }
  G_OBJECT_CLASS (hs_message_row_parent_class)->dispose (object);
}

static void
hs_message_row_finalize (GObject *object)
{
  HsMessageRow *self = HS_MESSAGE_ROW (object);

  g_free (self->text);
  g_free (self->thinking);
  g_free (self->passages);
  g_free (self->details);
  G_OBJECT_CLASS (hs_message_row_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, recordings);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, question);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, stage);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, stage_label);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, stage_bar);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, thoughts);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, thought);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, answer);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, trouble);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, install);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, evidence);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, tools);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, branches);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, previous);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, next);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, branch_label);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, copy);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, edit);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, regenerate);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, read_aloud);
  gtk_widget_class_bind_template_child (widget_class, HsMessageRow, note);
  gtk_widget_class_bind_template_callback (widget_class, unfolded_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, edit_cb);
  gtk_widget_class_bind_template_callback (widget_class, regenerate_cb);
  gtk_widget_class_bind_template_callback (widget_class, read_aloud_cb);
  gtk_widget_class_bind_template_callback (widget_class, previous_cb);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
}

static void
hs_message_row_class_init (HsMessageRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = hs_message_row_dispose;
  G_OBJECT_CLASS (class)->finalize = hs_message_row_finalize;
  g_type_ensure (HS_TYPE_MARKDOWN_VIEW);
  g_type_ensure (HS_TYPE_PROMPT_BUTTON);
  signals[SIGNAL_EDIT] = g_signal_new ("edit", HS_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                       NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_REGENERATE] = g_signal_new ("regenerate", HS_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST,
                                             0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_BRANCH] = g_signal_new ("branch", HS_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
  signals[SIGNAL_EVIDENCE] =
      g_signal_new ("evidence", HS_TYPE_MESSAGE_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 3, G_TYPE_INT, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/io/github/hearsay_app/Hearsay/ui/message-row.ui");
  bind_children (widget_class);
}

static void
hs_message_row_init (HsMessageRow *self)
{
  self->thinking = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
}

HsMessageRow *
hs_message_row_new (const AppMessage *message)
{
  HsMessageRow *self = g_object_new (HS_TYPE_MESSAGE_ROW, NULL);

  hs_message_row_update (self, message);
  return self;
}
