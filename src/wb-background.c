/* wb-background.c: what becomes of a training whose window is closed, and of the computer's sleep meanwhile.
 *
 *   close ──► nothing trains ──────────────► closed
 *         ──► “go on” ──► hidden ──► it ends ──► notification ──► closed
 *         ──► “stop”  ──► closed; at the next start the folder is opened, and the training goes on
 *         ──► “ask”   ──► a dialog, which remembers the answer if it is told to
 *
 * A sweep or a search does not go on at the next start: where it is not to go on hidden, a dialog asks about it each
 * time. What a search found is in the window alone, which stays hidden at the end.
 *
 * A hidden window is shown again by whoever starts the program.
 *
 * SPDX-License-Identifier: GPL-3.0-or-later
 */
#include "wb-background.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "wb-recent.h"

#define DATA "wb-background"
#define WHEN_CLOSED "when-closed"
#define ALLOW_SLEEP "allow-sleep"
#define PLACE "resume-place"
#define ASK "ask"
#define GO_ON "go-on"
#define STOP "stop"
#define TRAIN_PAGE 2

typedef struct
{
  WbProject *project; /* the window's */
  guint inhibitor;    /* cookie, or 0 */
  gboolean to_resume; /* the training that is found here goes on by itself */
} Background;

static Background *
get_background (GtkWindow *window)
{
  return g_object_get_data (G_OBJECT (window), DATA);
}

static gboolean
is_training (const Background *self)
{
  return wb_run_get_active (wb_project_get_run (self->project));
}

/* A sweep or a search that goes on, or NULL. */
static WbStudy *
get_study (const Background *self)
{
  WbStudy *sweep = WB_STUDY (wb_project_get_sweep (self->project));
  WbStudy *search = WB_STUDY (wb_project_get_search (self->project));

  return wb_study_get_active (sweep) ? sweep : wb_study_get_active (search) ? search : NULL;
}

static char *
get_policy (void)
{
  return wb_settings_get () ? g_settings_get_string (wb_settings_get (), WHEN_CLOSED) : g_strdup (ASK);
}

/* --- Going on at the next start --- */

static void
set_place (const char *place)
{
  g_autofree char *text = wb_path_to_setting (place);

  if (wb_settings_get ())
    g_settings_set_string (wb_settings_get (), PLACE, text);
}

GFile *
wb_background_get_place (void)
{
  g_autofree char *text = wb_settings_get () ? g_settings_get_string (wb_settings_get (), PLACE) : g_strdup ("");
  g_autofree char *place = wb_path_from_setting (text);

  return place && g_file_test (place, G_FILE_TEST_EXISTS) ? g_file_new_for_path (place) : NULL;
}

/* It is known by its place what the person wants of it, until it is open. */
static void
on_dataset_changed (GtkWindow *window)
{
  Background *self = get_background (window);
  g_autoptr (GFile) place = wb_background_get_place ();
  const char *opened = wb_project_get_place (self->project);

  self->to_resume = place && g_strcmp0 (g_file_peek_path (place), opened) == 0;
  if (self->to_resume)
    set_place ("");
}

static void
on_kept_run (GtkWindow *window)
{
  Background *self = get_background (window);

  if (!self->to_resume || !wb_kept_run_get (wb_project_get_kept_run (self->project)))
    return;
  self->to_resume = FALSE;
  gtk_widget_activate_action (GTK_WIDGET (window), "win.page", "i", TRAIN_PAGE);
  wb_project_continue (self->project);
}

/* --- Closing --- */

static void
go_on_hidden (GtkWindow *window)
{
  gtk_widget_set_visible (GTK_WIDGET (window), FALSE);
}

static void
stop_until_next_start (GtkWindow *window)
{
  Background *self = get_background (window);

  if (!get_study (self)) /* else the next start would take up a training from before it */
    set_place (wb_project_get_place (self->project));
  gtk_window_destroy (window);
}

static gboolean
stop_after_dialog (gpointer window)
{
  stop_until_next_start (window);
  return G_SOURCE_REMOVE;
}

static void
on_answered (AdwMessageDialog *dialog, const char *response, GtkWindow *window)
{
  GtkWidget *remember = adw_message_dialog_get_extra_child (dialog);

  if (g_str_equal (response, "cancel"))
    return;
  if (wb_settings_get () && remember && gtk_check_button_get_active (GTK_CHECK_BUTTON (remember)))
    g_settings_set_string (wb_settings_get (), WHEN_CLOSED, response);
  if (g_str_equal (response, GO_ON))
    go_on_hidden (window);
  else /* the dialog, which goes with its window, is still at work */
    g_timeout_add_full (G_PRIORITY_DEFAULT, 0, stop_after_dialog, g_object_ref (window), g_object_unref);
}

static const char *
describe_choice (WbStudy *study)
{
  if (!study)
    return _ ("The training can go on without its window: you are told when it ends, and starting "
              "Lathe shows the window again. Or it stops now, and goes on from this step at the next "
              "start.");
  if (WB_IS_SWEEP (study))
    return _ ("The sweep can go on without its window: you are told when it ends, and starting Lathe shows the window "
              "again. Or it stops now: the runs that have ended are in the list.");
  return _ ("The search for networks can go on without its window: you are told when it ends, and starting Lathe shows "
            "the window again. Or it stops now, and what it has found is lost.");
}

static void
add_remember (AdwMessageDialog *dialog)
{
  GtkWidget *remember = gtk_check_button_new_with_mnemonic (_ ("_Do the same from now on (the main menu changes it)"));

  gtk_label_set_wrap (GTK_LABEL (gtk_widget_get_last_child (remember)), TRUE);
  adw_message_dialog_set_extra_child (dialog, remember);
}

static void
ask (GtkWindow *window)
{
  WbStudy *study = get_study (get_background (window));
  GtkWidget *widget = adw_message_dialog_new (window, _ ("Close While It Trains?"), describe_choice (study));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);

  if (!study)
    add_remember (dialog);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), STOP,
                                    study ? _ ("_Stop") : _ ("_Stop until Next Start"), GO_ON,
                                    _ ("_Go On in Background"), NULL);
  adw_message_dialog_set_response_appearance (dialog, GO_ON, ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, GO_ON);
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_answered), window, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

static gboolean
on_close_request (GtkWindow *window)
{
  Background *self = get_background (window);
  g_autofree char *policy = get_policy ();

  if (!is_training (self) && !get_study (self))
    return GDK_EVENT_PROPAGATE;
  if (g_str_equal (policy, GO_ON))
    go_on_hidden (window);
  else if (g_str_equal (policy, STOP) && !get_study (self))
    stop_until_next_start (window);
  else
    ask (window);
  return GDK_EVENT_STOP;
}

/* --- While it trains --- */

/* The screen may go dark, the machine must not. */
static void
update_sleep (GtkWindow *window)
{
  Background *self = get_background (window);
  GtkApplication *application = GTK_APPLICATION (g_application_get_default ());
  gboolean trains = is_training (self) && !wb_run_get_paused (wb_project_get_run (self->project));
  gboolean wanted =
      (trains || get_study (self)) && !(wb_settings_get () && g_settings_get_boolean (wb_settings_get (), ALLOW_SLEEP));

  if (wanted == (self->inhibitor != 0))
    return;
  if (!wanted)
    gtk_application_uninhibit (application, self->inhibitor);
  self->inhibitor =
      wanted ? gtk_application_inhibit (application, gtk_widget_get_visible (GTK_WIDGET (window)) ? window : NULL,
                                        GTK_APPLICATION_INHIBIT_SUSPEND, _ ("A network is being trained"))
             : 0;
}

static void
notify (const char *title, const char *body)
{
  g_autoptr (GNotification) notification = g_notification_new (title);

  g_notification_set_body (notification, body);
  g_application_send_notification (g_application_get_default (), "training-ended", notification);
}

static char *
describe_end (const LatheSnapshot *snapshot)
{
  g_autofree char *share = NULL;

  if (snapshot->state == LATHE_TRAINER_FAILED)
    return g_strdup (snapshot->error->message);
  if (!snapshot->best || !(snapshot->best->scores.validation_accuracy >= 0))
    return g_strdup (_ ("Its model is in the list of runs."));
  share = g_strdup_printf ("%.1f %%", 100 * snapshot->best->scores.validation_accuracy);
  return g_strdup_printf (_ ("Best epoch %u: %s of the validation images are told right."),
                          snapshot->best->scores.best_epoch, share);
}

/* A window that nobody sees has done what it was there for: the next start shows what came of it. */
static void
on_active (GtkWindow *window)
{
  Background *self = get_background (window);
  const LatheSnapshot *snapshot = wb_run_get_snapshot (wb_project_get_run (self->project));
  gboolean hidden = !gtk_widget_get_visible (GTK_WIDGET (window));
  g_autofree char *body = NULL;

  update_sleep (window);
  if (is_training (self) || !snapshot || (!hidden && gtk_window_is_active (window)) ||
      snapshot->state == LATHE_TRAINER_STOPPED)
    return;
  body = describe_end (snapshot);
  notify (snapshot->state == LATHE_TRAINER_FAILED ? _ ("The Training Has Failed") : _ ("The Training Has Ended"), body);
  if (hidden)
    stop_until_next_start (window);
}

/* Unless the project goes with its window, which ends it. */
static void
on_study_active (WbStudy *study, GParamSpec *property, GtkWindow *window)
{
  Background *self = get_background (window);

  if (!wb_project_get_run (self->project))
    return;
  update_sleep (window);
  if (wb_study_get_active (study) || gtk_widget_get_visible (GTK_WIDGET (window)))
    return;
  if (WB_IS_SWEEP (study))
    notify (_ ("The Sweep Has Ended"), _ ("Its runs are in the list of runs."));
  else
    notify (_ ("The Search Has Ended"), _ ("Start Lathe to see the networks that it found."));
}

/* --- Life --- */

static void
background_free (gpointer data)
{
  Background *self = data;

  if (self->inhibitor)
    gtk_application_uninhibit (GTK_APPLICATION (g_application_get_default ()), self->inhibitor);
  g_free (self);
}

void
wb_background_attach (GtkWindow *window, WbProject *project)
{
  Background *self = g_new0 (Background, 1);
  WbRun *run = wb_project_get_run (project);

  self->project = project;
  g_object_set_data_full (G_OBJECT (window), DATA, self, background_free);
  g_signal_connect (window, "close-request", G_CALLBACK (on_close_request), NULL);
  g_signal_connect_object (project, "dataset-changed", G_CALLBACK (on_dataset_changed), window, G_CONNECT_SWAPPED);
  g_signal_connect_object (wb_project_get_kept_run (project), "changed", G_CALLBACK (on_kept_run), window,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "progress", G_CALLBACK (update_sleep), window, G_CONNECT_SWAPPED);
  g_signal_connect_object (run, "notify::active", G_CALLBACK (on_active), window, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (wb_project_get_sweep (project), "notify::active", G_CALLBACK (on_study_active), window, 0);
  g_signal_connect_object (wb_project_get_search (project), "notify::active", G_CALLBACK (on_study_active), window, 0);
  if (wb_settings_get ())
    g_signal_connect_object (wb_settings_get (), "changed::" ALLOW_SLEEP, G_CALLBACK (update_sleep), window,
                             G_CONNECT_SWAPPED);
}

void
wb_background_add_actions (GApplication *application)
{
  static const char *const keys[] = {WHEN_CLOSED, ALLOW_SLEEP};

  for (guint i = 0; wb_settings_get () && i < G_N_ELEMENTS (keys); i++)
    {
      g_autoptr (GAction) action = g_settings_create_action (wb_settings_get (), keys[i]);

      g_action_map_add_action (G_ACTION_MAP (application), action);
    }
}
