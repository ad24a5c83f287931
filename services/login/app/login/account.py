"""A person's own pages: profile, notes, sign-in history, the end of the account."""

from flask import Blueprint, flash, redirect, render_template, session, url_for
from flask_wtf import FlaskForm
from sqlalchemy import delete, select
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response
from wtforms import StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, Length

from . import sessions
from .cognito import cognito
from .models import Note, SignIn, db
from .sessions import hosted_sign_out, me

HISTORY = 10
"""Sign-ins shown."""

blueprint = Blueprint("account", __name__)
blueprint.before_request(sessions.require)


class ProfileForm(FlaskForm):
    """The attributes that people may change themselves; the fields are named as Cognito names them."""

    name = StringField("Name", [Length(max=100)], render_kw={"autocomplete": "name"})
    nickname = StringField("Nickname", [Length(max=50)], render_kw={"autocomplete": "nickname"})
    website = StringField("Website", [Length(max=200)], render_kw={"autocomplete": "url", "type": "url"})


class NoteForm(FlaskForm):
    text = TextAreaField("New note", [DataRequired("Write something first."), Length(max=1000)])


class DeletionForm(FlaskForm):
    email = StringField("Your e-mail address", render_kw={"autocomplete": "off", "type": "email"})


@blueprint.get("/profile")
def profile() -> str:
    return _profile(ProfileForm(data=cognito.attributes(me().access_token)), NoteForm())


@blueprint.post("/profile")
def change_profile() -> str | Response:
    form = ProfileForm()
    if not form.validate():
        return _profile(form, NoteForm(formdata=None))
    values = {field.name: field.data.strip() for field in form if field.name != "csrf_token"}
    cognito.change_attributes(me().access_token, values)
    flash("Your profile is saved.")
    return redirect(url_for("account.profile"))


@blueprint.post("/notes")
def add_note() -> str | Response:
    form = NoteForm()
    if not form.validate():
        return _profile(ProfileForm(formdata=None, data=cognito.attributes(me().access_token)), form)
    db.session.add(Note(user=me().user, text=form.text.data.strip()))
    db.session.commit()
    return redirect(url_for("account.profile"))


@blueprint.post("/notes/<int:id>/delete")
def delete_note(id: int) -> Response:
    deleted = db.session.execute(delete(Note).where(Note.id == id, Note.user == me().user))
    if not deleted.rowcount:
        raise NotFound
    db.session.commit()
    return redirect(url_for("account.profile"))


@blueprint.route("/delete-account", methods=["GET", "POST"])
def delete_account() -> str | Response:
    """After the person has typed their address. Our rows go only if Cognito's user went: one transaction."""
    signed_in, form = me(), DeletionForm()
    form.email.validators = [AnyOf([signed_in.email], "This is not the address of your account.")]
    if not form.validate_on_submit():
        return render_template("delete.html", form=form, me=signed_in)
    user, token = signed_in.user, signed_in.access_token
    for table in (Note, SignIn):
        db.session.execute(delete(table).where(table.user == user))
    cognito.delete(token)
    db.session.commit()
    session.clear()
    return redirect(hosted_sign_out())


def _profile(profile: ProfileForm, note: NoteForm) -> str:
    user = me().user
    notes = db.session.scalars(select(Note).where(Note.user == user).order_by(Note.written.desc())).all()
    history = select(SignIn).where(SignIn.user == user).order_by(SignIn.started.desc()).limit(HISTORY)
    sign_ins = db.session.scalars(history)
    return render_template("profile.html", profile=profile, note=note, notes=notes, sign_ins=sign_ins, me=me())
